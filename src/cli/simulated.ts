/** Says of a text that it comes from the simulator, where it does. */
export function marked(text: string, { simulated }: { readonly simulated: boolean }): string {
  return simulated
    ? `Simulated: models, prices, credits and answers are those of the embedded simulator.\n\n${text}`
    : text;
}
