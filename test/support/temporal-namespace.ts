import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { createNamespace } from '../../dev/stack/temporal-namespace.ts';
import { testStack } from './stack.ts';

/** A Temporal namespace that no other test has: there the fixed names of the task queues meet no other test's. */
export async function createTestNamespace(prefix = 'test'): Promise<string> {
  const namespace = `${prefix}-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: testStack().temporalAddress });
  try {
    await createNamespace(connection, namespace);
    return namespace;
  } finally {
    await connection.close();
  }
}
