/** Steps from the root to a value: member names and array indexes. */
export type JsonPath = readonly (string | number)[];

/**
 * Writes a path for an error's `field`: `payload.items[3]`; the root is `value`; a name that is not plain is quoted and cut at 40 characters.
 *
 * @param path names and indexes from the root
 * @example formatPath(['payload', 'items', 3]) // 'payload.items[3]'
 */
export function formatPath(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]{0,39}$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.slice(0, 40))}]`;
  }
  return text === '' ? 'value' : text;
}
