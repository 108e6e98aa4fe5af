import { inputMessageSchema, type InputMessage } from '../contracts/input-message.ts';
import type { ValidatedMessage, ValidateInput } from '../contracts/pipeline.ts';
import { describeProblems } from '../contracts/problems.ts';
import { hasProtoMember } from '../contracts/proto-member.ts';
import type { InputRecord } from '../contracts/record.ts';
import type { ProcessorRegistry, RegisteredProcessor } from '../processors/registry.ts';
import { messageFailure } from './failures.ts';

/** Checks the message against the input contract and its type's processor. Every problem is named in the failure. */
export function createValidate(deps: { registry: ProcessorRegistry }) {
  return function validate({ record }: ValidateInput): Promise<ValidatedMessage> {
    const message = parseMessage(record);
    const processor = processorOf(deps.registry, message.type);
    const problem = processor.problemWith(message.payload);
    if (problem !== undefined) throw messageFailure('Message.Invalid', problem);
    return Promise.resolve({
      type: message.type,
      ...(message.tenant === undefined ? {} : { tenant: message.tenant }),
      ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    });
  };
}

/** @throws {ApplicationFailure} `Message.Invalid` */
export function parseMessage(record: InputRecord): InputMessage {
  const value = record.value !== null && 'utf8' in record.value ? record.value.utf8 : undefined;
  if (value === undefined) throw messageFailure('Message.Unreadable', 'the value is not text');
  const json = parseJson(value);
  if (hasProtoMember(value, json)) throw messageFailure('Message.Invalid', '"__proto__" is no name for a member');
  const parsed = inputMessageSchema.safeParse(json);
  if (!parsed.success) throw messageFailure('Message.Invalid', describeProblems(parsed.error));
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw messageFailure('Message.Unreadable', `the value is not JSON: ${String(error)}`);
  }
}

/** @throws {ApplicationFailure} `Message.UnknownType` */
export function processorOf(registry: ProcessorRegistry, type: string): RegisteredProcessor {
  const processor = registry.get(type);
  if (processor === undefined) {
    throw messageFailure(
      'Message.UnknownType',
      `no processor for type "${type}"; known: ${registry.types().join(', ')}`,
    );
  }
  return processor;
}
