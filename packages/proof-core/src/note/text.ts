// The Unicode property White_Space is what Go's unicode.IsSpace tests. JavaScript's \s is another set: it lacks U+0085 and has U+FEFF.
const SPACE = /\p{White_Space}/u;

/** The longest key name, in UTF-16 units; newer cosignatures carry the length of a name in one byte. */
const MAX_NAME_LENGTH = 255;

/**
 * Tells whether text may name a key: not empty, no Unicode space, no plus sign (C2SP signed-note); also
 * no control character and at most 255 UTF-16 units.
 *
 * @param name any text
 * @example isKeyName('example.com/log') // true
 */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME_LENGTH && !SPACE.test(name) && !name.includes('+') && !hasControl(name);
}

/**
 * Tells whether text has a control character (Unicode category Cc).
 *
 * @param text any text
 * @example hasControl('a\tb') // true
 */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
