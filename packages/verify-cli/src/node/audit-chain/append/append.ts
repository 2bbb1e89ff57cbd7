import { type EventInput, prepareEvent } from '@countersign/audit-chain/record/event';
import { readJsonOption, readNamedJson } from '../../command/input.ts';
import { openLog } from '../../log/open.ts';
import type { LogOptions } from '../../log/options.ts';

interface Options extends LogOptions {
  readonly type: string;
  readonly actor: string;
  readonly subject?: string;
  readonly payload?: string;
  readonly private: readonly string[];
  readonly id?: string;
}

/** Which chain an event is for does not decide whether it is one. */
const ANY_CHAIN = 'localhost';

export async function append(log: string, options: Options): Promise<void> {
  const hidden = readNamedJson(options.private, '--private');
  const event: EventInput = {
    type: options.type,
    actor: options.actor,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    ...(options.payload === undefined ? {} : { payload: (await readJsonOption(options.payload, '--payload')) as object }),
    ...(Object.keys(hidden).length === 0 ? {} : { private: hidden }),
    ...(options.id === undefined ? {} : { id: options.id }),
  };
  if (options.actor.includes('@')) {
    process.stderr.write('warning: the actor looks like an e-mail address; it can never be erased: use a pseudonymous id\n');
  }
  // What can be refused is refused before anything is opened.
  prepareEvent(event, { chain: ANY_CHAIN, now: Date.now() });
  const opened = await openLog(log, options);
  try {
    const { seq, id, hash } = await opened.chain.append(event);
    process.stdout.write(`settled as record ${seq}\n  id   ${id}\n  hash ${hash}\n`);
  } finally {
    await opened.close();
  }
}
