import type { ChatMessage, ChatRequestBody } from '../types.js';

/** Where a service departs from the API that it speaks. */
export interface Deviations {
  readonly developerRole?: boolean;
  readonly streamOptions?: boolean;
}

/** The body as the service takes it; the one given is not changed. */
export function wireBody(
  body: ChatRequestBody,
  { developerRole = false, streamOptions = true }: Deviations,
): ChatRequestBody {
  const { stream_options: asked, ...rest } = body;
  const sent = streamOptions || asked === undefined ? body : rest;
  return developerRole ? sent : withoutDeveloperRole(sent);
}

/** Some hosts answer the newer role with a 400; both mean the same. */
function withoutDeveloperRole(body: ChatRequestBody): ChatRequestBody {
  if (!body.messages.some((message) => message.role === 'developer')) return body;
  const messages = body.messages.map((message): ChatMessage =>
    message.role === 'developer' ? { ...message, role: 'system' } : message,
  );
  return { ...body, messages };
}
