/** Texts from a template, split at white space, backslashes as they stand. */
export function words(template: TemplateStringsArray): string[] {
  return template.raw.join('').trim().split(/\s+/);
}

/** Pieces of JSON and of what is nearly JSON: chained, they get past the first byte and come near every rule. */
export const pieces: readonly string[] = words`
  { } [ ] , : " \ - + . 0 1 9 e E {} [] "" "," ":" "a" "b": "a":1 {"a": ,"b": {"": ,"": '
  true false null tru nul NaN 0x1 // __proto__ "__proto__": toJSON
  "\b" "\n": "\f": "\u0001": "\u000b" "\u000A" "\u000a" "\/" "\u0041" "\ud800" "\ud83d\ude00" "\"": "\\": "!": "é": "😀": "～":
  ,"\n": ,"\f": ,"\u0001": ,"!": ,"é": ,"😀": ,"～": \n \u000b \u0000 \u001F \ud800 \ud83d\ude00 \/ é 😀 ～
  -0 -1 01 00 10 .5 1. 1.5 1.50 1.10 0.1 1e3 1e21 1e+21 1e-7 1E-7 0.000001 0.0000001 5e-324 1e-324 1e400 1e-400
  9007199254740991 9007199254740992 -9007199254740991 999999999999999 1000000000000000 12345678901234567 123456789012345.6
  0.1234567890123456 0.30000000000000004 333333333.33333329
`.concat(' ', '\n', '\t', '\ufeff', '\u2028', '"\uffff":', '"\ufeff"');
