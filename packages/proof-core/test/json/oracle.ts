/**
 * RFC 8785 read aloud, with nothing clever in it: the yardstick for the writers and the form check. It shares no code with them, and
 * neither JSON.stringify nor Number::toString.
 */

/** What a canonical text may hold besides RFC 8785's own rules: docs/spec/canonical-json.md. */
const LARGEST = 2 ** 53 - 1;
const DEEPEST = 64;

/** §3.2.1–3.2.3 for a value of plain objects and arrays; throws for what has no form. */
export function oracleText(value: unknown, open = 0): string {
  if (value === null) return 'null';
  if (value === true) return 'true';
  if (value === false) return 'false';
  if (typeof value === 'string') return oracleString(value);
  if (typeof value === 'number') return oracleNumber(value);
  if (typeof value !== 'object' || open === DEEPEST) throw new Error('no form');
  if (Array.isArray(value)) return `[${Array.from(value, (item: unknown) => oracleText(item, open + 1)).join(',')}]`;
  const names = Object.keys(value);
  if (names.includes('__proto__')) throw new Error('no form');
  names.sort(compareUnits);
  return `{${names.map((name) => `${oracleString(name)}:${oracleText((value as Record<string, unknown>)[name], open + 1)}`).join(',')}}`;
}

/** §3.2.3: by arrays of 16-bit units, the shorter one first where one starts with the other. */
function compareUnits(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.charCodeAt(i) - b.charCodeAt(i);
  }
  return a.length - b.length;
}

/** §3.2.2.2. */
function oracleString(text: string): string {
  let out = '"';
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) throw new Error('a lone surrogate');
    if (character === '\b') out += '\\b';
    else if (character === '\t') out += '\\t';
    else if (character === '\n') out += '\\n';
    else if (character === '\f') out += '\\f';
    else if (character === '\r') out += '\\r';
    else if (point < 0x20) out += `\\u${point.toString(16).padStart(4, '0')}`;
    else if (character === '\\' || character === '"') out += `\\${character}`;
    else out += character;
  }
  return `${out}"`;
}

/** §3.2.2.3, ECMA-262 §6.1.6.1.20: the fewest digits that read back as the double, of those the nearest, laid out by magnitude. */
export function oracleNumber(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) > LARGEST) throw new Error('no form');
  if (value === 0) return '0';
  if (value < 0) return `-${oracleNumber(-value)}`;
  let scientific = '';
  for (let digits = 0; digits <= 16; digits++) {
    scientific = value.toExponential(digits);
    if (Number(scientific) === value) break;
  }
  const [mantissa, power] = scientific.split('e') as [string, string];
  const s = halfToEven(value, mantissa.replace('.', '')).replace(/0+$/, '');
  const k = s.length;
  const n = Number(power) + 1;
  if (k <= n && n <= 21) return s + '0'.repeat(n - k);
  if (n > 0 && n <= 21) return `${s.slice(0, n)}.${s.slice(n)}`;
  if (n > -6 && n <= 0) return `0.${'0'.repeat(-n)}${s}`;
  const exponent = `${n > 0 ? '+' : '-'}${Math.abs(n - 1)}`;
  return k === 1 ? `${s}e${exponent}` : `${s[0]}.${s.slice(1)}e${exponent}`;
}

/** Of two candidates equally near, ECMA-262 takes the even one for a number and the larger one in toExponential. */
function halfToEven(value: number, digits: string): string {
  // oxlint-disable-next-line oxc/number-arg-out-of-range -- 100 digits are allowed since ES2018
  const exact = value.toExponential(100).split('e')[0]!.replace('.', '');
  const down = digits.slice(0, -1) + String(Number(digits.at(-1)) - 1);
  const isOdd = '13579'.includes(digits.at(-1)!);
  return isOdd && exact.startsWith(`${down}5`) && /^0*$/.test(exact.slice(digits.length + 1)) ? down : digits;
}

/** Whether bytes are canonical: they are what the oracle writes for what they say. */
export function oracleAccepts(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return oracleText(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
