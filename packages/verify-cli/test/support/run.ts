import { vi } from 'vitest';

/** What a command printed and how it ended. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, in a folder; what it prints is caught. One at a time. */
export async function runHere(
  command: (argv: readonly string[]) => Promise<number>,
  args: readonly string[],
  folder: string,
): Promise<Run> {
  const printed = { out: '', err: '' };
  const catchInto = (name: 'out' | 'err') => (chunk: unknown) => {
    printed[name] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk as Uint8Array);
    return true;
  };
  const before = process.cwd();
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catchInto('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(catchInto('err')),
  ];
  process.chdir(folder);
  try {
    const code = await command(args);
    return { code, ...printed };
  } finally {
    process.chdir(before);
    for (const spy of spies) spy.mockRestore();
  }
}
