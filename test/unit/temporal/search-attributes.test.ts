import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { ensureSearchAttributes } from '../../../temporal/search-attributes.ts';

const KEYWORD = 2;
const TEXT = 1;
const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
const [first = '', ...others] = names;
const keywords = (of: readonly string[]) => Object.fromEntries(of.map((name) => [name, KEYWORD]));
const refused = () => Promise.reject(new Error('7 PERMISSION_DENIED: Request unauthorized.'));

interface Server {
  readonly existing?: Record<string, number>;
  readonly list?: () => Promise<never>;
  readonly add?: () => Promise<never>;
}

/** A server with these attributes, and whether each call to it had a deadline. */
function setup({ existing = {}, list, add }: Server) {
  const deadlines: (number | undefined)[] = [];
  const added: Record<string, number>[] = [];
  let deadline: number | undefined;
  const client = {
    options: { namespace: 'messages' },
    async withDeadline(at: number, call: () => Promise<unknown>) {
      deadline = at;
      try {
        return await call();
      } finally {
        deadline = undefined;
      }
    },
    connection: {
      operatorService: {
        async listSearchAttributes() {
          deadlines.push(deadline);
          await list?.();
          return { customAttributes: existing };
        },
        async addSearchAttributes({ searchAttributes }: { searchAttributes: Record<string, number> }) {
          deadlines.push(deadline);
          await add?.();
          added.push(searchAttributes);
        },
      },
    },
  };
  return { ensured: ensureSearchAttributes(client as unknown as Client), deadlines, added };
}

test('what is missing is added, as Keyword, and no call may take for ever', async () => {
  const { ensured, deadlines, added } = setup({ existing: keywords([first]) });
  await ensured;
  expect(added).toEqual([keywords(others)]);
  expect(deadlines).toEqual([expect.any(Number), expect.any(Number)]);
});

test('where all are there, nothing is added', async () => {
  const { ensured, added } = setup({ existing: keywords(names), add: refused });
  await ensured;
  expect(added).toEqual([]);
});

test('another process may have been faster', async () => {
  const add = () => Promise.reject(new Error('6 ALREADY_EXISTS: Search attribute Tenant already exists.'));
  await expect(setup({ add }).ensured).resolves.toBeUndefined();
});

test.each<[string, Server, RegExp]>([
  ['may not be added', { add: refused }, /^The search attributes .* could not be added: create them .*PERMISSION/],
  ['may not be looked at', { list: refused }, /^The search attributes of namespace "messages" .*PERMISSION/],
  ['exist as Text', { existing: { [first]: TEXT } }, /^The search attributes .* exist, but not as Keyword/],
])('attributes that %s are a missing dependency, in one sentence', async (_what, server, sentence) => {
  const { ensured } = setup(server);
  await expect(ensured).rejects.toThrow(DependencyUnavailableError);
  await expect(ensured).rejects.toThrow(sentence);
});
