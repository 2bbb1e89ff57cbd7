import { expect, test } from 'vitest';
import { LeftEvents } from '../../src/append/left-events.ts';
import { prepareEvent } from '../../src/record/event.ts';
import type { WaitingEvent } from '../../src/store/store.ts';
import { event } from '../support/chain.ts';

const prepare = (n: number, changes: object = {}) => prepareEvent(event(n, changes), { chain: 'example.com/left', now: n });

function rowOf({ id, bytes, digest }: ReturnType<typeof prepare>, changes: Partial<WaitingEvent> = {}): WaitingEvent {
  return { n: 1, id, event: new TextDecoder().decode(bytes), private: null, byLibrary: false, digest, ...changes };
}

test('a row that is what was left is the event itself, once', () => {
  const left = new LeftEvents();
  const one = prepare(1);
  left.add([one]);
  expect(left.take(rowOf(one))).toBe(one);
  expect(left.take(rowOf(one))).toBeUndefined();
});

test.each([
  ['another event', { event: rowOf(prepare(2)).event }],
  ['a letter more', { event: `${rowOf(prepare(1)).event} ` }],
  ['private values', { private: '[]' }],
  ['another digest', { digest: '0'.repeat(64) }],
  ['no id of its own', { digest: null }],
  ['the mark of the library', { byLibrary: true }],
])('a row with %s is a stranger’s', (_, changes) => {
  const left = new LeftEvents();
  const one = prepare(1);
  left.add([one]);
  expect(left.take(rowOf(one, changes))).toBeUndefined();
});

test('events with private values are read again; so are the oldest beyond what is remembered', () => {
  const [hidden, first, second] = [prepare(1, { private: { name: 'Zoë' } }), prepare(2), prepare(3)];
  const left = new LeftEvents(rowOf(second).event.length);
  left.add([hidden, first]);
  left.add([second]);
  expect([hidden, first, second].map((one) => left.take(rowOf(one)))).toEqual([undefined, undefined, second]);
});
