import { expect, test } from 'vitest';
import { activateSigner } from '../../src/operations/activate.ts';
import { addSigner } from '../../src/operations/add.ts';
import type { Change, OperationContext } from '../../src/operations/change.ts';
import { registryEvents } from '../../src/operations/events.ts';
import { retireSigner } from '../../src/operations/retire.ts';
import { revokeSigner } from '../../src/operations/revoke.ts';
import { publicKeyOf } from '../support/keys.ts';
import { CHAIN, parse, sample, T } from '../support/registries.ts';

const context = (i: number): OperationContext => ({ now: Date.parse(T(i)), actor: 'security:alice' });

test('two versions tell the events that the operations between them told', () => {
  let registry = parse(sample());
  const step = (change: Change): void => {
    expect(registryEvents(registry, change.next, 'security:alice')).toEqual([change.event]);
    registry = change.next;
  };
  const signer = { kid: 'log-2', publicKey: publicKeyOf('log-2'), purposes: ['checkpoint'], chains: [CHAIN], backend: 'offline' } as const;
  step(addSigner(registry, signer, context(1)));
  step(activateSigner(registry, 'log-2', context(2)));
  step(retireSigner(registry, 'log-1', context(3)));
  step(revokeSigner(registry, { kid: 'log-1', reason: 'lost' }, context(4)));
  step(revokeSigner(registry, { kid: 'log-1', reason: 'found', compromisedSince: T(0) }, context(5)));
  expect(registryEvents(registry, registry, 'security:alice')).toEqual([]);
});

test('the first version brings every signer in', () => {
  const registry = parse(sample());
  const events = registryEvents(undefined, registry, 'security:alice');
  expect(events.map(({ subject }) => subject)).toEqual(registry.signers.map(({ kid }) => kid));
});
