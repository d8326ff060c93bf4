/** How many decoded bytes one response may have. */
export const MAX_RESPONSE_BYTES = 2 ** 26;

/** A body has more decoded bytes than it may. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * A body as text, never more of it in memory than `maxBytes`: they are counted as decoded, so that a small body
 * that unfolds to a huge one is seen. What lies beyond is not read.
 * @throws {BodyTooLargeError}
 * @throws {TypeError} for bytes that are no UTF-8.
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const { text, isWhole } = await readPrefix(response, { maxBytes, isStrict: true });
  if (!isWhole) throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
  return text;
}

/** The start of a body as text, what is no UTF-8 replaced; where it breaks off, what came. */
export async function readStart(response: Response, maxBytes: number): Promise<string> {
  return (await readPrefix(response, { maxBytes, isStrict: false })).text;
}

interface Prefix {
  readonly text: string;
  readonly isWhole: boolean;
}

async function readPrefix(
  response: Response,
  { maxBytes, isStrict }: { readonly maxBytes: number; readonly isStrict: boolean },
): Promise<Prefix> {
  const { body } = response;
  if (body === null) return { text: '', isWhole: true };
  // Some implementations of fetch have streams of another kind.
  if (typeof (body as Partial<typeof body>).getReader !== 'function') {
    const text = await response.text();
    return { text: text.slice(0, maxBytes), isWhole: text.length <= maxBytes };
  }
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: isStrict });
  let bytes = 0;
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { text: text + decoder.decode(), isWhole: true };
      bytes += value.byteLength;
      if (bytes > maxBytes) return { text, isWhole: false };
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    if (isStrict) throw error;
    return { text, isWhole: false };
  } finally {
    // Does nothing to a body that has ended.
    reader.cancel().catch(() => undefined);
  }
}
