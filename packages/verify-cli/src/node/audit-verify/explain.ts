import { CHAIN_ERRORS } from '@countersign/audit-chain/errors';
import { FINDINGS, type FindingCode, compareCodes } from '@countersign/audit-chain/verify/codes';
import { PROOF_ERRORS } from '@countersign/proof-core/errors';
import { REGISTRY_ERRORS } from '@countersign/signer-registry/errors';
import { EXIT } from '../command/exit.ts';
import { CLI_ERRORS, CliError } from '../errors.ts';
import { outputWidth, styleFor, wrap } from '../output/style.ts';

const ERRORS: { readonly [code: string]: string } = { ...PROOF_ERRORS, ...CHAIN_ERRORS, ...REGISTRY_ERRORS, ...CLI_ERRORS };

/** Runs `audit-verify explain [CODE]`; gives the exit code. */
export function explain(code: string | undefined, json: boolean): number {
  if (code === undefined) return list(json);
  const known = code.toUpperCase();
  if (Object.hasOwn(FINDINGS, known)) return explainFinding(known as FindingCode, json);
  if (Object.hasOwn(ERRORS, known)) return explainError(known, json);
  throw new CliError('ERR_CLI_OPTION', `CODE: ${code} is no finding and no error${suggestion(known)}`, 'CODE');
}

function explainFinding(code: FindingCode, json: boolean): number {
  const { class: what, axis, exit, meaning, action } = FINDINGS[code];
  if (json) return print({ code, class: what, axis, exitCode: exit, meaning, action });
  const style = styleFor(process.stdout, process.env);
  const effect = exit === 0 ? 'informs only' : `exit code ${exit}`;
  return write([
    style('strong', code),
    `  ${what}; axis ${axis}; ${effect}`,
    '',
    ...wrap(meaning, 2, outputWidth()),
    '',
    '  What to do',
    ...wrap(action, 4, outputWidth()),
  ]);
}

function explainError(code: string, json: boolean): number {
  const meaning = ERRORS[code]!;
  if (json) return print({ code, meaning });
  return write([styleFor(process.stdout, process.env)('strong', code), ...wrap(`${meaning}.`, 2, outputWidth())]);
}

function list(json: boolean): number {
  const codes = (Object.keys(FINDINGS) as FindingCode[]).sort((a, b) => compareCodes(a, b) || (a < b ? -1 : 1));
  if (json) return print(FINDINGS);
  return write(codes.map((code) => `${String(FINDINGS[code].exit).padStart(2)}  ${code.padEnd(24)} ${FINDINGS[code].class}`));
}

function print(document: object): number {
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  return EXIT.verified;
}

function write(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.verified;
}

/** The code that shares most words with what was typed, those at the beginning first. */
function suggestion(typed: string): string {
  const words = typed.split('_');
  const shared = (code: string): number =>
    code.split('_').reduce((sum, word, at) => sum + (words[at] === word ? 2 : words.includes(word) ? 1 : 0), 0);
  const [best] = [...Object.keys(FINDINGS), ...Object.keys(ERRORS)].sort((a, b) => shared(b) - shared(a));
  return best === undefined || shared(best) === 0 ? '; without CODE all findings are listed' : `; did you mean ${best}?`;
}
