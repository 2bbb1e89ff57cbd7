import { expect, test } from 'vitest';
import { parseS3Url, s3Url } from '../../src/adapters/s3/client.ts';
import { parseRetentionClasses, retentionFrom } from '../../src/archive/retention-class.ts';

const parse = (text: string) => parseRetentionClasses(Buffer.from(text));

test('classes have a mode and days, and nothing else', () => {
  const classes = parse('{"audit":{"mode":"COMPLIANCE","days":2557},"delivery":{"days":400,"mode":"GOVERNANCE"}}');
  expect(Object.fromEntries(classes)).toEqual({ audit: { mode: 'COMPLIANCE', days: 2557 }, delivery: { mode: 'GOVERNANCE', days: 400 } });
});

const refused: readonly (readonly [string, string])[] = [
  ['', 'file'],
  ['[]', 'file'],
  ['{}', 'file'],
  ['{"audit":{"mode":"COMPLIANCE","days":1},"audit":{"mode":"GOVERNANCE","days":1}}', 'file'],
  ['{"Audit":{"mode":"COMPLIANCE","days":1}}', 'name'],
  ['{"audit":null}', 'audit'],
  ['{"audit":{"mode":"COMPLIANCE"}}', 'audit'],
  ['{"audit":{"days":10}}', 'audit'],
  ['{"audit":{"mode":"COMPLIANCE","days":1,"years":1}}', 'audit'],
  ['{"audit":{"mode":"compliance","days":1}}', 'audit.mode'],
  ['{"audit":{"mode":"none","days":1}}', 'audit.mode'],
  ['{"audit":{"mode":"COMPLIANCE","days":0}}', 'audit.days'],
  ['{"audit":{"mode":"COMPLIANCE","days":1.5}}', 'audit.days'],
  ['{"audit":{"mode":"COMPLIANCE","days":36501}}', 'audit.days'],
  ['{"audit":{"mode":"COMPLIANCE","days":"30"}}', 'audit.days'],
];
test.each(refused)('%s is refused', (text, field) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ERR_RETENTION_CLASS', field }) as Error);
});

test('a lock ends in whole seconds, never earlier than the days say', () => {
  const until = (time: string) => retentionFrom({ mode: 'COMPLIANCE', days: 1 }, new Date(time));
  expect(until('2031-01-01T00:00:00.000Z')).toEqual({ mode: 'COMPLIANCE', until: '2031-01-02T00:00:00.000Z' });
  expect(until('2031-01-01T00:00:00.001Z')).toEqual({ mode: 'COMPLIANCE', until: '2031-01-02T00:00:01.000Z' });
});

test('URLs of places', () => {
  expect(parseS3Url('s3://acme-audit')).toEqual({ bucket: 'acme-audit', prefix: '' });
  expect(parseS3Url('s3://acme-audit/')).toEqual({ bucket: 'acme-audit', prefix: '' });
  expect(parseS3Url('s3://acme-audit/prod/audit/')).toEqual({ bucket: 'acme-audit', prefix: 'prod/audit' });
  for (const url of [
    's3:/x',
    's3://',
    's3://A/b',
    's3://a/b',
    's3://acme//b',
    's3://acme/../b',
    's3://acme/b?x',
    's3://acme/b//',
    'https://acme/b',
  ])
    expect(parseS3Url(url), url).toBeUndefined();
  expect(s3Url({ bucket: 'acme', prefix: '' }, 'k')).toBe('s3://acme/k');
});
