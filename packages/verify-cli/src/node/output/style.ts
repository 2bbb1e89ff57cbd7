/** What a piece of text means; how that looks is the terminal's affair. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** Dresses text for a terminal, or leaves it as it is. */
export type Style = (tone: Tone, text: string) => string;

const CODES: { readonly [tone in Tone]: readonly [on: number, off: number] } = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [2, 22],
  strong: [1, 22],
};

/**
 * Decides whether to colour: only on a terminal, and not when `NO_COLOR` is set (https://no-color.org) or the terminal is `dumb`;
 * `FORCE_COLOR` overrides the first.
 *
 * @example const style = styleFor(process.stdout, process.env);
 */
export function styleFor(stream: { readonly isTTY?: boolean }, env: { readonly [name: string]: string | undefined }): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
  if (refused || !(forced || stream.isTTY === true)) return (_, text) => text;
  return (tone, text) => `\u001b[${CODES[tone][0]}m${text}\u001b[${CODES[tone][1]}m`;
}

/** Columns for text on standard output: those of the terminal, 80 to 120; 100 where there is none. */
export function outputWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? 100, 80), 120);
}

// Controls, and the characters that turn the direction of text round: what a source says must not steer the terminal.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Makes text from a source harmless for a terminal: control characters are written as escapes.
 *
 * @example plain('a\u001b[31m') // 'a\\u{1b}[31m'
 */
export function plain(text: string): string {
  return text.replace(UNSAFE, (letter) => `\\u{${letter.codePointAt(0)!.toString(16)}}`);
}

/**
 * Breaks text into lines of at most `width` characters at its spaces, each behind `indent` spaces.
 *
 * @example wrap('one two', 2, 6) // ['  one', '  two']
 */
export function wrap(text: string, indent: number, width: number): string[] {
  const lines: string[] = [];
  const pad = ' '.repeat(indent);
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(pad + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(pad + line);
  return lines;
}
