import { loadConfig } from '../../../config/load.ts';

const problemOf = (env: Readonly<Record<string, string>>) => {
  try {
    loadConfig(env);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

test.each([
  'http://169.254.169.254/latest/meta-data',
  'https://169.254.1.2/v1',
  // The same address, written otherwise.
  'http://2852039166/v1',
  'http://0xa9fea9fe/v1',
  'http://0251.0376.0251.0376/v1',
  'http://[::ffff:169.254.169.254]/v1',
  'http://[fe80::1]/v1',
  'http://[fd00:ec2::254]/v1',
  'http://100.100.100.200/v1',
  'http://metadata.google.internal/v1',
  'http://METADATA.google.internal./v1',
])('no request goes to %s', (url) => {
  const says = /must not be a link-local or metadata address/;
  expect(problemOf({ OPENAI_BASE_URL: url })).toMatch(says);
  const source = url.replace('http:', 'https:');
  expect(problemOf({ OPENAI_API_KEY: 'a key', EXAMPLES_SOURCE: source })).toMatch(says);
});

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'javascript:1', '127.0.0.1:8000'])(
  '%s is no address of a provider',
  (url) => {
    expect(problemOf({ OPENAI_BASE_URL: url })).toContain('OPENAI_BASE_URL: must be an http or https URL');
  },
);

test('a user and password in the address are refused, and not quoted', () => {
  const problem = problemOf({ OPENAI_BASE_URL: 'https://me:canary@llm.example/v1' });
  expect(problem).toContain('OPENAI_BASE_URL: must not hold a user or password');
  expect(problem).not.toContain('canary');
});

test.each([
  'http://127.0.0.1:8000/v1',
  'http://10.0.0.7/v1',
  'https://metadata.example.com/v1',
  'http://[::1]:11434/v1',
])('%s is a provider like any other', (url) => {
  expect(problemOf({ OPENAI_BASE_URL: url })).toBeUndefined();
});
