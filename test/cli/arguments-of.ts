/** The arguments of `npx routell …` as it stands in the documentation. */
export function argumentsOf(command: string): readonly string[] {
  const [, text = ''] = /(?:^|\s)npx routell\b(.*?)(?:\s>.*)?$/.exec(command) ?? [];
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
