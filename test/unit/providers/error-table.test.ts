import { toProviderError, type FailureFacts } from '../../../providers/error-table.ts';
import type { ProviderErrorKind } from '../../../providers/provider.ts';

const now = Date.parse('2026-11-23T04:00:00Z');
const translate = (facts: Partial<FailureFacts>) => toProviderError({ message: '', ...facts }, { now });

type Case = [facts: Partial<FailureFacts>, kind: ProviderErrorKind, paid: 'maybe paid' | 'not paid'];
const IN_A_200 = { status: undefined };
const CASES: Case[] = [
  [{ status: 429, code: 'rate_limit_exceeded', type: 'requests' }, 'rate-limited', 'not paid'],
  [{ status: 429 }, 'rate-limited', 'not paid'],
  [{ status: 429, type: 'insufficient_quota' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'insufficient_quota' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'credit_balance_exhausted' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'organization_spend_limit_exceeded' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'project_spend_limit_exceeded' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'organization_usage_limit_exceeded' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'project_usage_limit_exceeded' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'billing_not_active' }, 'quota-exhausted', 'not paid'],
  [{ status: 400, code: 'billing_hard_limit_reached' }, 'quota-exhausted', 'not paid'],
  [{ status: 402, message: 'Insufficient Balance' }, 'quota-exhausted', 'not paid'],
  [{ status: 429, code: 'slow_down' }, 'overloaded', 'not paid'],
  [{ status: 503, code: 'server_is_overloaded' }, 'overloaded', 'not paid'],
  [{ status: 503, code: 'engine_overloaded' }, 'overloaded', 'not paid'],
  [{ status: 503, message: 'The model is at capacity' }, 'overloaded', 'not paid'],
  [{ status: 503, message: 'server busy, please try again' }, 'overloaded', 'not paid'],
  [{ status: 498, code: 'capacity_exceeded' }, 'overloaded', 'not paid'],
  [{ status: 498 }, 'overloaded', 'not paid'],
  [{ status: 529, type: 'overloaded_error' }, 'overloaded', 'not paid'],
  [{ status: 529 }, 'overloaded', 'not paid'],
  [{ status: 429, code: 'resource_unavailable' }, 'overloaded', 'not paid'],
  [{ status: 429, message: 'Resource unavailable for flex processing' }, 'overloaded', 'not paid'],
  [{ status: 429, message: 'Request too large for gpt-4o on tokens per min' }, 'context-length', 'not paid'],
  [{ status: 413, code: 'rate_limit_exceeded', message: 'Request too large for model' }, 'context-length', 'not paid'],
  [{ status: 500 }, 'unavailable', 'not paid'],
  [{ status: 501 }, 'unavailable', 'not paid'],
  [{ status: 502, message: '<html>bad gateway</html>' }, 'unavailable', 'not paid'],
  [{ status: 503 }, 'unavailable', 'not paid'],
  [{ status: 504 }, 'timeout', 'maybe paid'],
  [{ status: 524 }, 'timeout', 'maybe paid'],
  [{ status: 408 }, 'unavailable', 'not paid'],
  [{ status: 409 }, 'unavailable', 'not paid'],
  [{ status: 425 }, 'unavailable', 'not paid'],
  [{ status: 401, code: 'invalid_api_key' }, 'authentication', 'not paid'],
  [{ status: 407 }, 'authentication', 'not paid'],
  [{ status: 403, code: 'unsupported_country_region_territory' }, 'authentication', 'not paid'],
  [{ status: 403, code: 'model_not_found' }, 'model-not-found', 'not paid'],
  [{ status: 403, message: 'your input was flagged' }, 'content-filtered', 'not paid'],
  [{ status: 404, code: 'model_not_found' }, 'model-not-found', 'not paid'],
  [{ status: 404, code: 'DeploymentNotFound' }, 'model-not-found', 'not paid'],
  [{ status: 404 }, 'model-not-found', 'not paid'],
  [{ status: 405 }, 'model-not-found', 'not paid'],
  [{ status: 410 }, 'model-not-found', 'not paid'],
  [{ status: 404, message: 'model "qwen" not found, try pulling it first' }, 'model-not-found', 'not paid'],
  [{ status: 400, message: 'Invalid model name passed in model=x' }, 'model-not-found', 'not paid'],
  [{ status: 400, message: 'm is not a valid model ID' }, 'model-not-found', 'not paid'],
  [{ status: 400, message: 'The model `m` does not exist' }, 'model-not-found', 'not paid'],
  [{ status: 400, code: 'context_length_exceeded' }, 'context-length', 'not paid'],
  [{ status: 400, code: 'string_above_max_length' }, 'context-length', 'not paid'],
  [{ status: 400, type: 'exceed_context_size_error' }, 'context-length', 'not paid'],
  [{ status: 400, message: 'The prompt is too long' }, 'context-length', 'not paid'],
  [{ status: 422, message: 'Please reduce the length of the messages.' }, 'context-length', 'not paid'],
  [
    { status: 400, message: 'The decoder prompt is longer than the maximum model length' },
    'context-length',
    'not paid',
  ],
  [
    { status: 400, code: '400', message: "This model's maximum context length is 4096 tokens." },
    'context-length',
    'not paid',
  ],
  [{ status: 400, message: 'the request exceeds the available context size' }, 'context-length', 'not paid'],
  [{ status: 413 }, 'context-length', 'not paid'],
  [{ status: 400, code: 'content_filter' }, 'content-filtered', 'not paid'],
  [{ status: 400, code: 'invalid_prompt' }, 'content-filtered', 'not paid'],
  [{ status: 400, code: 'content_policy_violation' }, 'content-filtered', 'not paid'],
  [{ status: 400, code: 'ResponsibleAIPolicyViolation' }, 'content-filtered', 'not paid'],
  [{ status: 400, message: 'triggering Azure’s content management policy' }, 'content-filtered', 'not paid'],
  [{ status: 400, message: 'rejected as a result of our safety system' }, 'content-filtered', 'not paid'],
  [{ ...IN_A_200, code: 'rate_limit_exceeded' }, 'rate-limited', 'not paid'],
  [{ ...IN_A_200, type: 'insufficient_quota' }, 'quota-exhausted', 'not paid'],
  [{ ...IN_A_200, code: 'server_is_overloaded' }, 'overloaded', 'not paid'],
  [{ ...IN_A_200, code: 'server_error' }, 'unavailable', 'not paid'],
  [{ ...IN_A_200, type: 'server_error', message: 'The content filter is down' }, 'unavailable', 'not paid'],
  [{ ...IN_A_200, code: 'invalid_api_key' }, 'authentication', 'not paid'],
  [{ ...IN_A_200, code: 'context_length_exceeded' }, 'context-length', 'not paid'],
  [{ ...IN_A_200, code: 'content_filter' }, 'content-filtered', 'not paid'],
  [{ ...IN_A_200, code: 'invalid_prompt' }, 'content-filtered', 'not paid'],
  [{ ...IN_A_200, message: 'maximum context length' }, 'unavailable', 'maybe paid'],
  [{ status: 400, code: 'unsupported_parameter' }, 'bad-request', 'not paid'],
  [{ status: 422, message: 'messages: field required' }, 'bad-request', 'not paid'],
  [{ status: 418 }, 'bad-request', 'not paid'],
  [{ status: 302 }, 'unavailable', 'maybe paid'],
  [{ message: 'nobody knows' }, 'unavailable', 'maybe paid'],
  [{ fault: 'unknown' }, 'unavailable', 'maybe paid'],
  [{ fault: 'deadline' }, 'timeout', 'maybe paid'],
  [{ fault: 'never-connected' }, 'unavailable', 'not paid'],
  [{ fault: 'connection-lost' }, 'unavailable', 'maybe paid'],
  [{ fault: 'redirected' }, 'unavailable', 'not paid'],
  [{ fault: 'body-too-large' }, 'response-too-large', 'maybe paid'],
  [{ fault: 'malformed-body' }, 'malformed-response', 'maybe paid'],
];

describe('the error table', () => {
  it.each(CASES)('makes of %j: %s, %s', (facts, kind, paid) => {
    const error = translate(facts);
    expect([error.kind, error.maybePaid ? 'maybe paid' : 'not paid']).toEqual([kind, paid]);
    expect(error.status).toBe(facts.status);
  });

  it('never takes a fault of the world for a fault of the message', () => {
    const messageFaults = ['bad-request', 'context-length', 'content-filtered'];
    for (let status = 500; status < 600; status++) {
      for (const message of ['', 'maximum context length', 'content filter', 'invalid model', 'request too large']) {
        expect(messageFaults).not.toContain(translate({ status, message }).kind);
      }
    }
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '86400' }, 86_400_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 04:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 03:00:00 GMT' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'NaN' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after-ms': '1500.2' }, 1_501],
    [{ 'x-ms-retry-after-ms': '700' }, 700],
    [{ 'retry-after': '2', 'retry-after-ms': '1500', 'x-ms-retry-after-ms': '100' }, 2_000],
    [{ 'retry-after': 'soon', 'retry-after-ms': '1500' }, 1_500],
    [{ 'x-ratelimit-reset-tokens': '6m0s' }, undefined],
    [{ 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '0' }, 360_000],
    [{ 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '5' }, undefined],
    [{ 'x-ratelimit-reset-requests': '120ms', 'x-ratelimit-remaining-requests': '0', 'retry-after': '1' }, 1_000],
    [{ 'x-ratelimit-reset-requests': '1h2m7.66s', 'x-ratelimit-remaining-requests': '0' }, 3_727_660],
    [{ 'x-ratelimit-reset-requests': '12', 'x-ratelimit-remaining-requests': '0' }, 12_000],
    [{ 'x-ratelimit-reset-requests': '-1', 'x-ratelimit-remaining-requests': '-1' }, undefined],
    [{ 'x-ratelimit-reset-requests': '0', 'x-ratelimit-remaining-requests': '0' }, 0],
    [{ 'x-ratelimit-reset-requests': '1 week', 'x-ratelimit-remaining-requests': '0' }, undefined],
    [{ 'x-ratelimit-reset-requests': '-1s', 'x-ratelimit-remaining-requests': '0' }, undefined],
  ])('reads the delay in %j as %p ms', (headers, expected) => {
    expect(translate({ status: 429, headers: new Headers(headers) }).retryAfterMs).toBe(expected);
  });

  it('takes the time that was asked for, not the minute until the whole window is fresh again', () => {
    const headers = new Headers({ 'retry-after-ms': '50', 'x-ratelimit-reset-requests': '1m0s' });
    expect(translate({ status: 429, type: 'requests', headers }).retryAfterMs).toBe(50);
  });

  it('waits for the limit that the error names, not for the other one', () => {
    const headers = new Headers({ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' });
    expect(translate({ status: 429, type: 'requests', headers }).retryAfterMs).toBe(1_000);
    expect(translate({ status: 429, type: 'tokens', headers }).retryAfterMs).toBe(360_000);
  });
});

describe('a code of the table', () => {
  const codes: [code: string, kind: ProviderErrorKind][] = [
    ...[
      ...['insufficient_quota', 'credit_balance_exhausted', 'billing_not_active', 'billing_hard_limit_reached'],
      ...['organization_spend_limit_exceeded', 'project_usage_limit_exceeded'],
    ].map((code): [string, ProviderErrorKind] => [code, 'quota-exhausted']),
    ['model_not_found', 'model-not-found'],
    ['DeploymentNotFound', 'model-not-found'],
    ...['context_length_exceeded', 'string_above_max_length', 'exceed_context_size_error'].map(
      (code): [string, ProviderErrorKind] => [code, 'context-length'],
    ),
    ...['content_filter', 'content_policy_violation', 'invalid_prompt', 'ResponsibleAIPolicyViolation'].map(
      (code): [string, ProviderErrorKind] => [code, 'content-filtered'],
    ),
  ];

  it.each(codes)('%s means %s with 400, 413, 422 and in a 200, as code or type, and only as a whole', (code, kind) => {
    for (const status of [400, 413, 422, undefined]) {
      expect([status, translate({ status, code }).kind]).toEqual([status, kind]);
      expect([status, translate({ status, type: code }).kind]).toEqual([status, kind]);
    }
    for (const other of [`x${code}`, `${code}x`, code.toUpperCase()]) {
      expect(translate({ status: 400, code: other }).kind).toBe('bad-request');
    }
  });

  it.each([
    ...['slow_down', 'server_is_overloaded', 'engine_overloaded', 'overloaded_error'],
    ...['capacity_exceeded', 'resource_unavailable'],
  ])('%s means overloaded with each status that a server in need may send, and only as a whole', (code) => {
    for (const status of [408, 409, 425, 429, 498, 500, 502, 503, 529, undefined]) {
      expect([status, translate({ status, code }).kind]).toEqual([status, 'overloaded']);
    }
    for (const other of [`x${code}`, `${code}x`])
      expect(translate({ status: 500, code: other }).kind).toBe('unavailable');
    expect(translate({ status: 400, code }).kind).toBe('bad-request');
  });

  it.each([
    ['rate_limit_exceeded', 'rate-limited'],
    ['invalid_api_key', 'authentication'],
    ['server_error', 'unavailable'],
  ])('%s alone, in a 200, means %s and is not paid; what only looks like it is unforeseen', (code, kind) => {
    expect(translate({ code })).toMatchObject({ kind, maybePaid: false });
    for (const other of [`x${code}`, `${code}x`]) expect(translate({ code: other })).toMatchObject({ maybePaid: true });
    expect(translate({ status: 418, code }).kind).toBe('bad-request');
  });
});

describe('the words of a server that sends no code', () => {
  it.each<[number, ProviderErrorKind, string[]]>([
    [429, 'context-length', ['Request too large', 'REQUEST TOO LARGE']],
    [429, 'overloaded', ['overloaded', 'At capacity', 'Server Busy', 'resource unavailable']],
    [503, 'overloaded', ['We are overloaded', 'at capacity', 'server busy', 'Resource Unavailable']],
    [403, 'content-filtered', ['was flagged by', 'Moderation']],
    [
      400,
      'context-length',
      [
        ...['Maximum context length', 'maximum model length', 'context length', 'context window', 'Context size'],
        ...[
          'prompt is too long',
          'Input is too long',
          'Reduce the length',
          'longer than the maximum',
          'longer than the model',
        ],
      ],
    ],
    [422, 'content-filtered', ['Content management policy', 'content filter', 'Safety system']],
    [400, 'model-not-found', ['Invalid model', 'not a valid model', 'model x not found', 'model x does not exist']],
  ])('with %i mean %s', (status, kind, messages) => {
    for (const message of messages) expect([message, translate({ status, message }).kind]).toEqual([message, kind]);
  });

  it.each<[number, ProviderErrorKind, string[]]>([
    [429, 'rate-limited', ['too large', 'capacity', 'busy', 'unavailable']],
    [403, 'authentication', ['unflagged', 'flaggedx', 'moderations', 'xmoderation']],
    [
      400,
      'bad-request',
      ['maximum length', 'context', 'too long', 'length', 'longer than', 'policy', 'filter', 'safety'],
    ],
    [400, 'bad-request', ['model', 'valid model', 'the model. It was not found', `model ${'x'.repeat(300)} not found`]],
    [404, 'model-not-found', ['context length']],
    [422, 'bad-request', ['invalid model']],
  ])('with %i mean %s where they are others', (status, kind, messages) => {
    for (const message of messages) expect([message, translate({ status, message }).kind]).toEqual([message, kind]);
  });
});

describe('what a translated error says', () => {
  it('is the status and the provider’s words, without the key', () => {
    const facts = { status: 401, message: 'key my-own-key is wrong' };
    expect(toProviderError(facts, { now, secret: 'my-own-key' }).message).toBe('HTTP 401: key [secret] is wrong');
    expect(toProviderError({ message: 'no answer' }, { now }).message).toBe('no answer');
  });

  it.each<[Partial<FailureFacts>, string | undefined]>([
    [{ status: 429, type: 'requests' }, 'requestsPerMinute'],
    [{ status: 429, type: 'tokens' }, 'tokensPerMinute'],
    [{ status: 429, type: 'tokens', message: 'requests per min' }, 'tokensPerMinute'],
    [{ status: 429, message: 'on tokens per min (TPM): Limit 3' }, 'tokensPerMinute'],
    [{ status: 429, message: 'Token per min' }, 'tokensPerMinute'],
    [{ status: 429, message: 'your TPM' }, 'tokensPerMinute'],
    [{ status: 429, message: 'on requests per min (RPM): Limit 3' }, 'requestsPerMinute'],
    [{ status: 429, message: 'one Request per minute' }, 'requestsPerMinute'],
    [{ status: 429, message: 'your RPM' }, 'requestsPerMinute'],
    [{ status: 429, message: 'TPMS and XRPM' }, undefined],
    [{ status: 429 }, undefined],
    [{ status: 400, type: 'tokens', message: 'TPM' }, undefined],
  ])('of %j: the limit %s', (facts, limit) => {
    expect(translate(facts).limit).toBe(limit);
  });

  it.each([400, 499, 500, 599, 399, 600])('of status %i follows its hundred', (status) => {
    const { kind, maybePaid } = translate({ status });
    const expected = status < 400 || status > 599 ? 'unforeseen' : status < 500 ? 'bad-request' : 'unavailable';
    expect(maybePaid ? 'unforeseen' : kind).toBe(expected);
  });
});
