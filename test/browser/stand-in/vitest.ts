import {
  chai,
  ASYMMETRIC_MATCHERS_OBJECT,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { NotInBrowser } from './not-in-browser.ts';

// What the tests of proof-core use of vitest, over vitest's own `expect`, so that test files run in a page as they are.

type Body = (...args: never[]) => unknown;
interface Registered {
  readonly name: string;
  readonly body: () => unknown;
}
/** What became of a test. */
export interface Outcome {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'not in a browser';
  readonly message?: string;
  /** How long it took, for whoever wants the suite faster. */
  readonly ms: number;
}

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
const asymmetric = (globalThis as unknown as Record<PropertyKey, object>)[ASYMMETRIC_MATCHERS_OBJECT];
export const expect = Object.assign((value: unknown, message?: string) => chai.expect(value, message), chai.expect, asymmetric, {
  fail: (message = 'expected not to get here') => chai.assert.fail(message),
  unreachable: (message = 'expected not to get here') => chai.assert.fail(message),
});
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);
(chai.expect as unknown as { extend: (expect: unknown, matchers: unknown) => void }).extend(expect, customMatchers);

let tests: Registered[] = [];
let hooks: (() => unknown)[] = [];
let prefix: readonly string[] = [];

/** `%s` and its relatives, and `$name`, filled in from a row. */
function title(pattern: string, row: readonly unknown[], index: number): string {
  const rest = [...row];
  const fields = (row[0] ?? {}) as Record<string, unknown>;
  return pattern
    .replaceAll(/%[sdifjoc#%]/g, (mark) => (mark === '%%' ? '%' : mark === '%#' ? String(index) : String(rest.shift())))
    .replaceAll(/\$(\w+)/g, (whole, name: string) => (name in Object(fields) ? String(fields[name]) : whole));
}

const rowsOf = (table: readonly unknown[]): readonly (readonly unknown[])[] => table.map((row) => (Array.isArray(row) ? row : [row]));

function register(name: string, ...rest: readonly unknown[]): void {
  const body = rest.find((part) => typeof part === 'function') as () => unknown;
  tests.push({ name: [...prefix, name].join(' > '), body });
}

function group(name: string, body: Body, args: readonly unknown[] = []): void {
  const outer = prefix;
  prefix = [...prefix, name];
  body(...(args as never[]));
  prefix = outer;
}

export const test = Object.assign(register, {
  each: (table: readonly unknown[]) => (name: string, body: Body) =>
    rowsOf(table).forEach((row, i) => register(title(name, row, i), () => body(...(row as never[])))),
  skipIf: (skip: boolean) => (skip ? () => undefined : register),
});
export const it = test;
export const describe = Object.assign((name: string, body: Body) => group(name, body), {
  each: (table: readonly unknown[]) => (name: string, body: Body) =>
    rowsOf(table).forEach((row, i) => group(title(name, row, i), body, row)),
});
export const beforeAll = (hook: () => unknown): number => hooks.push(hook);
export const afterAll = (): void => undefined;

async function outcomeOf(name: string, body: () => unknown): Promise<Outcome> {
  const start = performance.now();
  const ms = (): number => Math.round(performance.now() - start);
  try {
    await body();
    return { name, status: 'passed', ms: ms() };
  } catch (error) {
    const chain: unknown[] = [];
    for (let cause: unknown = error; cause instanceof Error && chain.length < 8; cause = cause.cause) chain.push(cause);
    const needsNode = chain.some((cause) => cause instanceof NotInBrowser) || String(error).includes('NotInBrowser');
    return {
      name,
      status: needsNode ? 'not in a browser' : 'failed',
      ms: ms(),
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** Loads one test file and runs what it registers; a file that cannot be loaded is one outcome. */
export async function runFile(name: string, load: () => Promise<unknown>): Promise<Outcome[]> {
  tests = [];
  hooks = [];
  const loaded = await outcomeOf(name, load);
  if (loaded.status !== 'passed') return [loaded];
  const hooked = await outcomeOf(`${name}, before all`, async () => {
    for (const hook of hooks) await hook();
  });
  if (hooked.status !== 'passed') return [hooked];
  const outcomes: Outcome[] = [];
  for (const registered of tests) outcomes.push(await outcomeOf(`${name} > ${registered.name}`, registered.body));
  return outcomes;
}
