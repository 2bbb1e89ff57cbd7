/**
 * Splits TypeScript or JavaScript text into code, strings and comments without a parser.
 *
 * `code` has the length and the lines of the input; string contents and comments are blanks in it, so that a search in it never
 * finds a word somebody only wrote about. A `/` starts a regular expression where no value can end before it.
 *
 * @param {string} text
 * @returns {{code: string, strings: {at: number, value: string}[], comments: {at: number, value: string}[]}}
 */
export function scan(text) {
  const code = text.split('');
  const strings = [];
  const comments = [];
  const braces = []; // one entry per open brace; true where it opened a `${` of a template
  let at = 0;

  const blank = (from, to) => {
    for (let i = from; i < to && i < code.length; i += 1) if (code[i] !== '\n') code[i] = ' ';
  };
  const found = (list, from, to) => {
    list.push({ at: from, value: text.slice(from, to) });
    blank(from, to);
  };
  const quoted = (quote) => {
    const from = (at += 1);
    while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
    found(strings, from, at);
    at += 1;
  };
  const template = () => {
    const from = at;
    while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) at += text[at] === '\\' ? 2 : 1;
    found(strings, from, at);
    if (text[at] === '`') at += 1;
    else if (at < text.length) {
      braces.push(true);
      at += 2;
    }
  };
  const regex = () => {
    const from = (at += 1);
    for (let inClass = false; at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/'); at += 1) {
      if (text[at] === '\\') at += 1;
      else if (text[at] === '[') inClass = true;
      else if (text[at] === ']') inClass = false;
    }
    blank(from, at);
    at += 1;
  };

  while (at < text.length) {
    const char = text[at];
    if (text.startsWith('//', at)) {
      const end = text.indexOf('\n', at);
      const from = at;
      at = end < 0 ? text.length : end;
      found(comments, from, at);
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      const from = at;
      at = end < 0 ? text.length : end + 2;
      found(comments, from, at);
    } else if (char === "'" || char === '"') quoted(char);
    else if (char === '`') {
      at += 1;
      template();
    } else if (char === '/' && startsRegex(code, at)) regex();
    else if (char === '{') {
      braces.push(false);
      at += 1;
    } else if (char === '}') {
      at += 1;
      if (braces.pop() === true) template();
    } else at += 1;
  }
  return { code: code.join(''), strings, comments };
}

/** ECMA-262 §12: `/` divides after a value (name, number, string, `)`, `]`, `}`) and starts a regular expression elsewhere. */
function startsRegex(code, at) {
  const before = code
    .slice(Math.max(0, at - 80), at)
    .join('')
    .trimEnd();
  const word = /[\w$]+$/.exec(before)?.[0];
  if (word !== undefined) return /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)$/.test(word);
  return !/[)\]}'"`]$/.test(before);
}

/**
 * Every module specifier in the text: static and type imports, re-exports, `import()`, `require()`, `import.meta.resolve()`.
 *
 * @param {ReturnType<typeof scan>} scanned
 * @returns {{at: number, specifier: string, kind: 'static' | 'type' | 'dynamic'}[]}
 */
export function imports({ code, strings }) {
  const found = [];
  for (const { at, value } of strings) {
    if (code[at - 1] === '}') continue; // the rest of a template
    const before = code.slice(Math.max(0, at - 2000), at - 1).trimEnd();
    if (/\b(?:import|require|resolve)\s*\($/.test(before)) found.push({ at, specifier: value, kind: 'dynamic' });
    else if (/(?<![\w$.])(?:from|import)$/.test(before)) {
      const statement = before.slice(Math.max(before.lastIndexOf(';'), 0));
      const isType = /(?:^|[\s;])(?:import|export)\s+type\b[^;]*$/.test(statement);
      found.push({ at, specifier: value, kind: isType ? 'type' : 'static' });
    }
  }
  return found;
}

/** The line, from 1, of a character offset. */
export function lineAt(text, at) {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}
