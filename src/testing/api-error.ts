/** The body of every error: `{"error":{"message","type","param","code"}}`. */
interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** A refusal as the API words it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, message: string, details: Partial<ErrorBody['error']> = {}) {
    super(message);
    this.status = status;
    this.body = {
      error: {
        message,
        type: details.type ?? typeOf(status),
        param: details.param ?? null,
        code: details.code ?? null,
      },
    };
  }
}

/** A 400 that names the parameter. */
export function badParameter(param: string, message: string, code: string | null = null): ApiError {
  return new ApiError(400, message, { param, code });
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_credits',
  403: 'permission_error',
  408: 'timeout_error',
  409: 'conflict_error',
  429: 'requests',
};

function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}

const USUAL: Readonly<Record<number, readonly [message: string, code: string | null]>> = {
  400: ['The request was not understood.', null],
  401: ['Incorrect API key provided.', 'invalid_api_key'],
  402: ['You have used all of your credits.', 'insufficient_credits'],
  403: ['Invalid API Key', null],
  404: ['The model does not exist or you do not have access to it.', 'model_not_found'],
  408: ['The request timed out.', null],
  409: ['The request conflicts with another.', null],
  413: ['The request is too large.', null],
  422: ['The request could not be processed.', null],
  429: ['Rate limit reached for requests. Try again later.', 'rate_limit_exceeded'],
  500: ['The server had an error while processing your request.', null],
  502: ['Bad gateway.', null],
  503: ['The engine is currently overloaded, please try again later.', null],
  504: ['Gateway timeout.', null],
};

const BY_CODE: Readonly<Record<string, string>> = {
  insufficient_quota: 'You exceeded your current quota, please check your plan and billing details.',
  organization_spend_limit_exceeded: 'Your organization has reached its spend limit.',
};

/** What the API would plausibly say with a status of its own accord. */
export function usualError(status: number, code?: string): ApiError {
  const [message, usualCode] = USUAL[status] ?? ['The request failed.', null];
  if (code === undefined) return new ApiError(status, message, { code: usualCode });
  return new ApiError(status, BY_CODE[code] ?? message, {
    code,
    ...(code === 'insufficient_quota' ? { type: code } : {}),
  });
}
