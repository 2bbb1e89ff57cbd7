import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../audit-chain/test/support/database.ts';
import { TestAuthority, opensslMissing, serveTsa } from '../../../audit-chain/test/timestamp/tsa.ts';
import { originHash } from '../../../audit-chain/src/node/witness/state.ts';
import { makeLog } from '../support/log.ts';

// The commands of docs/operations/witness.md, in its order, as a shell runs them.
const page = readFileSync(new URL('../../../../docs/operations/witness.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, block]) => block!.split('\n'));
const [keyBlock, exportBlock, witnessBlock, stampBlock, markBlock, resumeBlock] = blocks as [string[], ...string[][]];
const serveLine = /^audit-verify witness serve .*$/m.exec(page)![0];
const policyText = /^```text\n(witness .*?\n)```$/ms.exec(page)![1]!;

const BIN = fileURLToPath(new URL('../../../../node_modules/.bin', import.meta.url));
const CHAIN = 'example.com/log';
const folder = temporaryFolder();
const missing = opensslMissing();
let witness: ChildProcess;
let url: string;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(command: string, env: Record<string, string> = {}): ChildProcess {
  const path = `${BIN}${delimiter}${process.env['PATH']}`;
  return spawn('sh', ['-c', `exec ${command}`], { cwd: folder.path, env: { ...process.env, PATH: path, NO_COLOR: '1', ...env } });
}

async function run(command: string, env: Record<string, string> = {}): Promise<Ended> {
  const child = start(command, env);
  const [out, err] = [child.stdout!, child.stderr!].map(async (stream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, out: await out!, err: await err! };
}

/** Starts a witness and reads what it prints: its vkey and its URL. */
async function serve(line: string): Promise<{ child: ChildProcess; vkey: string; url: string }> {
  const child = start(line.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:0'));
  const [text] = (await once(child.stdout!, 'data')) as [Buffer];
  const [, vkey, at] = /^witness (\S+) on (\S+)\n$/.exec(text.toString())!;
  return { child, vkey: vkey!, url: at! };
}

beforeAll(async () => {
  await makeLog(join(folder.path, 'log'), CHAIN);
});
afterAll(async () => {
  witness?.kill('SIGKILL');
  folder.remove();
});

describe('the commands of the page about witnesses', () => {
  test('a witness is set up, and a log has its checkpoints cosigned', async () => {
    const key = await run(keyBlock[0]!);
    const logVkey = (await run(exportBlock![0]!)).out;
    expect([key.code, logVkey]).toEqual([0, expect.stringMatching(/^example\.com\/log\+[0-9a-f]{8}\+\S+\n$/)]);
    writeFileSync(join(folder.path, 'logs.policy'), `log ${logVkey}quorum none\n`);
    const served = await serve(serveLine);
    ({ child: witness, url } = served);
    expect(`${served.vkey}\n`).toBe(key.out);
    const policy = policyText.replace('witness.example.org/w1+…+…', served.vkey).replace(/http:\/\/127\.0\.0\.1:\d+/, url);
    writeFileSync(join(folder.path, 'witnesses.policy'), policy);
    const [cosigned, sealed, verified] = [await run(witnessBlock![0]!), await run(witnessBlock![1]!), await run(witnessBlock![2]!)];
    expect(cosigned).toMatchObject({ code: 0, out: expect.stringMatching(/^w1 cosigned size 1 at .*\nsize 1 is witnessed\n$/) as string });
    expect(sealed).toMatchObject({ code: 0, out: expect.stringContaining('sealed records 0 to 0') as string });
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('attested') as string });
    expect(
      readdirSync(join(folder.path, 'archive'), { recursive: true }).filter((name) => String(name).endsWith('.cosignature')),
    ).toHaveLength(1);
    // What the witness shows is a checkpoint to pin.
    const shown = await fetch(`${url}/${originHash(CHAIN)}/checkpoint`);
    writeFileSync(join(folder.path, 'newest.checkpoint'), await shown.text());
    expect(await run(markBlock![0]!)).toMatchObject({ code: 0, out: expect.stringContaining('pinned') as string });
    // A receipt carries what the witness said, for whoever pins it.
    expect((await run('audit-chain receipt log/ --seq 0 --cosigned --out first.receipt')).code).toBe(0);
    const check = 'audit-verify receipt first.receipt -s log/signers.json --require time';
    expect([(await run(`${check} --policy witnesses.policy`)).code, (await run(check)).code]).toEqual([0, 12]);
  });

  test.skipIf(missing !== undefined)(`and stamped${missing === undefined ? '' : `: skipped, ${missing}`}`, async () => {
    const authority = new TestAuthority(folder.path);
    const server = await serveTsa((query) => authority.reply(query));
    writeFileSync(join(folder.path, 'tsa-roots.pem'), authority.pem('root'));
    const stamped = await run(stampBlock![0]!.replace('http://tsa.example.com/', server.url));
    expect(stamped).toMatchObject({ code: 0, out: expect.stringContaining('stamped size 1') as string });
    expect(stamped.out).toContain('1 new beside the manifests of archive/');
    expect(await run(stampBlock![1]!)).toMatchObject({ code: 0, out: expect.stringContaining('attested') as string });
    await server.close();
  });

  test('a log that was put back to an older copy is found out, stopped, and resumed', async () => {
    cpSync(join(folder.path, 'log'), join(folder.path, 'older'), { recursive: true });
    expect((await run('audit-chain append log/ --type order.created --actor user:7f3a')).code).toBe(0);
    expect((await run(witnessBlock![0]!)).code).toBe(0);
    // The mark beside the older copy is of the older copy: only the witness remembers.
    const started = await run('audit-chain append older/ --type order.created --actor user:1', { AUDIT_WITNESSES: 'witnesses.policy' });
    expect(started).toMatchObject({ code: 10, err: expect.stringContaining('ERR_CHAIN_ROLLED_BACK') as string });
    const refused = await run('audit-chain witness older/ --policy witnesses.policy --evidence conflict.json');
    expect(refused).toMatchObject({ code: 10, err: expect.stringContaining('ERR_WITNESS_CONFLICT') as string });
    expect(JSON.parse(readFileSync(join(folder.path, 'conflict.json'), 'utf8'))).toMatchObject({
      finding: 'the log was signed up to size 2; this database holds 1 records: it is an older copy',
    });
    const append = 'audit-chain append older/ --type order.created --actor user:1';
    expect(await run(append)).toMatchObject({ code: 10, err: expect.stringContaining('ERR_SIGNING_STOPPED') as string });
    expect((await run('audit-chain status older/')).out).toMatch(/^signing {10}stopped at .*: witness w1/m);
    expect(await run('audit-chain doctor older/')).toMatchObject({
      code: 10,
      out: expect.stringContaining('signing was stopped at') as string,
    });
    expect((await run('audit-chain witness older/ --evidence later.json')).code).toBe(0);
    expect(readFileSync(join(folder.path, 'later.json'))).toEqual(readFileSync(join(folder.path, 'conflict.json')));
    const resume = resumeBlock![0]!.replace('log/', 'older/');
    expect(await run(resume)).toMatchObject({ code: 0, out: 'signing goes on\n' });
    expect(await run(resume)).toMatchObject({ code: 0, out: 'signing was not stopped\n' });
  });

  test('flags that make no sense, a witness that is away, and a stranger are told apart', async () => {
    const codes = await Promise.all([
      run('audit-chain witness log/'),
      run('audit-chain witness log/ --policy witnesses.policy --follow'),
      run('audit-chain witness log/ --policy witnesses.policy --ca logs.policy'),
      run('audit-chain timestamp log/ --tsa-roots logs.policy --tsa http://localhost:1/'),
      run('audit-verify witness serve --key witness.key --log logs.policy --state state --listen 0.0.0.0:7380'),
      run('audit-verify witness serve --key witness.key --log nonsense --state other --listen 127.0.0.1:0'),
      run('audit-verify witness serve --key witness.key --log logs.policy --state state --listen 127.0.0.1:0'),
      run('audit-verify witness key witness.key --name w'),
    ]);
    const told = codes.map(({ code, err }) => [code, /ERR_\w+/.exec(err)?.[0]]);
    expect(told).toEqual([
      [2, 'ERR_CLI_OPTION'],
      [2, 'ERR_CLI_OPTION'],
      [2, 'ERR_CLI_FILE'],
      [2, 'ERR_TIMESTAMP_ROOTS'],
      [2, 'ERR_CLI_OPTION'],
      [2, 'ERR_VKEY'],
      [14, 'ERR_LOG_IN_USE'],
      [2, 'ERR_KEY_FILE_EXISTS'],
    ]);
    witness.kill('SIGTERM');
    expect((await once(witness, 'exit'))[0]).toBe(0);
    const away = await run(witnessBlock![0]!);
    expect(away).toMatchObject({ code: 14, err: expect.stringContaining('ERR_WITNESS_UNAVAILABLE') as string });
    expect(away.err).toContain('ERR_WITNESS_QUORUM');
  });
});
