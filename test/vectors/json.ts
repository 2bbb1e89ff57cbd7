import { oracleAccepts, oracleText } from '../../packages/proof-core/test/json/oracle.ts';
import { bad, bytesMember, good, type Vector, type VectorFile } from './vector.ts';

const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? new TextEncoder().encode(text) : text);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** The oracle decides whether bytes are canonical; `wanted` only catches a slip of the one who wrote the vector. */
function check(name: string, comment: string, text: string | Uint8Array, wanted: boolean): Vector {
  const bytes = bytesOf(text);
  if (oracleAccepts(bytes) !== wanted) throw new Error(`the oracle thinks otherwise of: ${name}`);
  return wanted ? good(name, comment, bytesMember(bytes), true) : bad(name, comment, bytesMember(bytes), 'ERR_NOT_CANONICAL');
}

/** The form check: is this the one canonical spelling? */
export const jsonCheck: VectorFile = {
  name: 'json-check',
  about:
    'Tell whether bytes are canonical JSON: `text` (UTF-8) or `hex`. The result is true; everything else is refused. Stricter than RFC 8785: integers within ±(2^53−1), at most 64 open arrays and objects, no __proto__.',
  specification: 'docs/spec/canonical-json.md; RFC 8785',
  vectors: [
    check('empty object', 'the shortest object', '{}', true),
    check('literals and nesting', 'every kind of value', '{"a":[null,true,false,0,-1,"x",{}]}', true),
    check('bare string', 'a text need not be an object (RFC 8259)', '"x"', true),
    check('sorted keys', 'RFC 8785 §3.2.3', '{"a":1,"b":2}', true),
    check('unsorted keys', 'RFC 8785 §3.2.3', '{"b":2,"a":1}', false),
    check('prefix sorts first', 'a shorter name before a longer one that starts with it', '{"a":1,"aa":2}', true),
    check(
      'keys sort by UTF-16 units',
      'U+10000 (units d800…) before U+FB33, though its code point is larger',
      '{"\u{10000}":1,"\ufb33":2}',
      true,
    ),
    check('keys sorted by code points', 'the order of UTF-8 bytes is another one', '{"\ufb33":2,"\u{10000}":1}', false),
    check('duplicate key', 'readers disagree which one counts', '{"a":1,"a":1}', false),
    check('__proto__', 'a name that changes objects instead of being a member', '{"__proto__":1}', false),
    check('space', 'no white space between tokens', '{"a": 1}', false),
    check('line feed at the end', 'no white space after the value', '{}\n', false),
    check('byte order mark', 'not part of JSON', '\ufeff{}', false),
    check('two values', 'one text, one value', '{}{}', false),
    check('nothing', 'no value', '', false),
    check('short escapes', 'the ones RFC 8785 §3.2.2.2 names', String.raw`"\b\t\n\f\r\"\\"`, true),
    check('control as \\u00xx', 'lower-case hex', String.raw`"\u001f"`, true),
    check('control in upper case', 'RFC 8785 §3.2.2.2: lower case', String.raw`"\u001F"`, false),
    check('escape not needed', 'a solidus stands for itself', String.raw`"\/"`, false),
    check('letter escaped', 'what can stand for itself does', String.raw`"\u0061"`, false),
    check('control where a short escape exists', 'U+000A is \\n', String.raw`"\u000a"`, false),
    check('raw control character', 'RFC 8259 §7', '"\u0001"', false),
    check('DEL and U+2028 stand for themselves', 'nothing above U+001F is escaped but quote and backslash', '"\u007f\u2028"', true),
    check('lone surrogate escaped', 'no text has it', String.raw`"\ud800"`, false),
    check('surrogate pair escaped', 'U+1F600 stands for itself', String.raw`"\ud83d\ude00"`, false),
    check('emoji', 'four bytes of UTF-8', '"😀"', true),
    check('not normalised', 'e and combining acute stay two characters (RFC 8785 §3.1)', '"e\u0301"', true),
    check('overlong UTF-8', 'U+0000 in two bytes', Uint8Array.of(0x22, 0xc0, 0x80, 0x22), false),
    check('surrogate in UTF-8', 'CESU', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), false),
    check('beyond U+10FFFF', 'f4 90 80 80', Uint8Array.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22), false),
    check('UTF-8 cut short', 'a lead byte alone', Uint8Array.of(0x22, 0xe2, 0x82, 0x22), false),
    check('largest integer', '2^53 − 1', '9007199254740991', true),
    check('2^53', 'the first integer that readers round', '9007199254740992', false),
    check('-2^53', 'likewise', '-9007199254740992', false),
    check('1e+30', 'what RFC 8785 would write for it; too large an integer here', '1e+30', false),
    check('negative zero', 'RFC 8785 §3.2.2.3: written 0', '-0', false),
    check('leading zero', 'RFC 8259 §6', '01', false),
    check('trailing zero', 'the shortest form', '1.0', false),
    check('plus', 'RFC 8259 §6', '+1', false),
    check('exponent where none is needed', '1e2 is 100', '1e2', false),
    check('small fraction', '1e-6 is written in digits', '0.000001', true),
    check('smaller fraction', '1e-7 is not', '1e-7', true),
    check('upper-case exponent', 'e is lower case', '1E-7', false),
    check('digits that a double drops', '17 digits where fewer say the same', '0.10000000000000001', false),
    check('shortest digits', 'the nearest double of 0.1', '0.1', true),
    check('largest double', 'an integer, and too large', '1.7976931348623157e+308', false),
    check('smallest double', 'subnormal', '5e-324', true),
    check('64 open arrays', 'the deepest', nested(64), true),
    check('65 open arrays', 'one too deep', nested(65), false),
    check('truncated', 'no end', '{"a":', false),
    check('trailing comma', 'RFC 8259', '[1,]', false),
  ],
};

const writes = (name: string, comment: string, text: string): Vector => good(name, comment, { text }, oracleText(JSON.parse(text)));
const refused = (name: string, comment: string, text: string | Uint8Array, error: string): Vector =>
  bad(name, comment, bytesMember(bytesOf(text)), error);

/** Reading any JSON text strictly and writing it canonically. */
export const jsonCanonicalize: VectorFile = {
  name: 'json-canonicalize',
  about:
    'Read JSON (RFC 8259: any white space, any spelling) from `text` (UTF-8) or `hex` and write it canonically. The result is the canonical text. What cannot be kept exactly is refused.',
  specification: 'docs/spec/canonical-json.md; RFC 8785, RFC 7493',
  vectors: [
    writes('white space and order', 'both are normalised', ' { "b" : 2 ,\r\n\t"a" : [ 1 , 2 ] } '),
    writes('numbers', 'other spellings of the same value', '[1.0, 1e2, 100E-2, -0, 0.0, 1.10, 123456789012345e-3]'),
    writes(
      'RFC 8785 §3.2.2',
      'the members of its example that are not too large',
      String.raw`{"numbers":[4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    ),
    writes(
      'RFC 8785 §3.2.3',
      'its example of sorting',
      String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
    ),
    writes('escapes', 'written in their one form', String.raw`"\u0008\u0009\u000A\u000c\u000D\u001F\/\u0061\ud83d\ude00"`),
    refused('2^53', 'an integer that some readers round', '9007199254740992', 'ERR_JSON_NUMBER'),
    refused('1E30', 'RFC 8785 would write 1e+30; write it as a string', '1E30', 'ERR_JSON_NUMBER'),
    refused('too many digits', 'the double is another number', '0.1000000000000000055', 'ERR_JSON_NUMBER'),
    refused('overflow', 'no double', '1e400', 'ERR_JSON_NUMBER'),
    refused('underflow', 'the double is 0', '1e-400', 'ERR_JSON_NUMBER'),
    refused('duplicate key', 'readers disagree which one counts', '{"a":1,"a":2}', 'ERR_JSON_KEY'),
    refused('duplicate key, once escaped', 'the same name', String.raw`{"a":1,"\u0061":2}`, 'ERR_JSON_KEY'),
    refused('__proto__', 'a name that changes objects', '{"__proto__":{}}', 'ERR_JSON_KEY'),
    refused('lone surrogate', 'no text', String.raw`["\ud800"]`, 'ERR_JSON_STRING'),
    refused('low surrogate first', 'no text', String.raw`["\udc00\ud800"]`, 'ERR_JSON_STRING'),
    refused('65 open arrays', 'one too deep', nested(65), 'ERR_JSON_DEPTH'),
    refused('broken UTF-8', 'c0 80', Uint8Array.of(0x22, 0xc0, 0x80, 0x22), 'ERR_UTF8'),
    refused('byte order mark', 'not part of JSON', '\ufeff{}', 'ERR_JSON_SYNTAX'),
    refused('trailing bytes', 'one text, one value', '{} {}', 'ERR_JSON_SYNTAX'),
    refused('single quotes', 'RFC 8259', "{'a':1}", 'ERR_JSON_SYNTAX'),
    refused('comment', 'RFC 8259', '{}//', 'ERR_JSON_SYNTAX'),
    refused('NaN', 'RFC 8259', '[NaN]', 'ERR_JSON_SYNTAX'),
    refused('no-break space', 'not white space of JSON', '[\u00a01]', 'ERR_JSON_SYNTAX'),
    refused('nothing', 'no value', '', 'ERR_JSON_SYNTAX'),
  ],
};
