import { expect, test } from 'vitest';
import { cosignatureKey } from '@countersign/proof-core/note/key';
import { quorumTime } from '../../src/attestation/quorum.ts';
import { testSigner } from '../support/keys.ts';
import { FindingList } from '../../src/verify/finding.ts';
import { judgeAge } from '../../src/verify/require.ts';
import { policyOf } from './servers.ts';

const keys = [1, 2, 3].map((n) => cosignatureKey(`w${n}`, testSigner(n).publicKey));
const policy = policyOf(
  keys.map((key) => ({ name: key.name, key, url: 'https://example.org' })),
  2,
);

test('a quorum is complete when the last witness that it needs has cosigned', () => {
  const at = (n: number, time: number) => ({ key: policy.witnesses[n]!.key, time });
  expect(quorumTime(policy, [at(0, 30), at(1, 10), at(2, 20)])).toBe(20);
  expect(quorumTime(policy, [at(0, 30)])).toBeUndefined();
  expect(quorumTime(policy, [])).toBeUndefined();
  expect(quorumTime({ logs: [], witnesses: [] }, [at(0, 30)])).toBeUndefined();
});

test('a checkpoint is as young as its last record, or as the word of pinned witnesses that they have seen none newer', () => {
  const [morning, noon, evening] = ['08', '12', '18'].map((hour) => `2026-11-21T${hour}:00:00.000Z`) as [string, string, string];
  const verified = { from: 0, to: 0, count: 1, fromTime: morning, toTime: morning };
  const judge = (newestAt: string | undefined, to?: number): [boolean, number] => {
    const findings = new FindingList();
    const attested = newestAt === undefined ? {} : { attested: { latest: noon, by: ['w'], newestAt } };
    const checkpoint = { size: 1, root: '', kids: [], note: '', time: morning, ...attested };
    return [judgeAge({ freshSince: noon, ...(to === undefined ? {} : { to }) }, checkpoint, verified, findings), findings.total];
  };
  expect(judge(undefined)).toEqual([false, 1]);
  expect(judge(morning)).toEqual([false, 1]);
  expect(judge(evening)).toEqual([true, 0]);
  expect(judge(evening, 0)).toEqual([false, 0]);
});
