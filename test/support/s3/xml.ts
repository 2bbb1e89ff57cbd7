/** A tree of XML elements: text, or elements by name; an array repeats its name. */
export type Xml = string | number | boolean | undefined | { readonly [name: string]: Xml | readonly Xml[] };

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One element with what is in it. */
export function xml(name: string, content: Xml | readonly Xml[]): string {
  if (Array.isArray(content)) return (content as readonly Xml[]).map((one) => xml(name, one)).join('');
  if (content === undefined) return '';
  if (typeof content !== 'object') return `<${name}>${escape(String(content))}</${name}>`;
  const inner = Object.entries(content as { readonly [name: string]: Xml }).map(([key, value]) => xml(key, value));
  return `<${name}>${inner.join('')}</${name}>`;
}

/** The text of the first element of that name; undefined when there is none. */
export function textOf(document: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1];
}
