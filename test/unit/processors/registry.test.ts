import { builtInProcessors, createProcessorRegistry } from '../../../processors/registry.ts';
import { summarize } from '../../../processors/summarize.ts';

test('knows the built-in types', () => {
  expect(createProcessorRegistry().types()).toEqual(
    expect.arrayContaining(['summarize', 'classify', 'extract', 'chat', 'template']),
  );
});

test.each(['unknown', 'constructor', '__proto__', ''])('has no processor for %j', (type) => {
  expect(createProcessorRegistry().get(type)).toBeUndefined();
});

test('refuses two processors for one type', () => {
  expect(() => createProcessorRegistry([...builtInProcessors, summarize])).toThrow(/summarize/);
});
