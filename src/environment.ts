/** The variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment where there is one; none in a browser or an edge runtime. */
export function processEnvironment(): Environment {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } };
  return process?.env ?? {};
}

/** Without the white space around it; a blank text is none. */
export function unlessBlank(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}
