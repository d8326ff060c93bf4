/** How a line ends: `,"crc":"0123abcd"}`, over what stands before it, closed by a brace. */
const SUFFIX = /^,"crc":"([0-9a-f]{8})"\}$/;
const SUFFIX_LENGTH = ',"crc":"01234567"}'.length;

type Crc32 = (text: string) => number;

/** An object as one line of JSON with a checksum as its last field. */
export function checkedLine(value: object, crc32: Crc32): string {
  const text = JSON.stringify(value);
  return `${text.slice(0, -1)},"crc":"${hexOf(crc32(text))}"}\n`;
}

/** The object of a line; `null` where it is damaged. */
export function readCheckedLine(line: string, crc32: Crc32): Readonly<Record<string, unknown>> | null {
  const checksum = SUFFIX.exec(line.slice(-SUFFIX_LENGTH))?.[1];
  if (checksum === undefined) return null;
  const text = `${line.slice(0, -SUFFIX_LENGTH)}}`;
  if (hexOf(crc32(text)) !== checksum) return null;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

function hexOf(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
