/** Thrown where a test asks for something that only Node has; that test is then counted apart, neither passed nor failed. */
export class NotInBrowser extends Error {
  override readonly name = 'NotInBrowser';
}

/** A function that a browser does not have. */
export function missing(what: string): (...args: unknown[]) => never {
  return () => {
    throw new NotInBrowser(what);
  };
}
