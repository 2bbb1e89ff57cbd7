/**
 * Tells whether bytes stand at an offset: by words of four bytes, the last of which may overlap the one before.
 *
 * @param view of what is looked at
 * @param wanted holds the bytes [from, to) that are expected at `at`
 */
export function equalWords(view: DataView, at: number, wanted: DataView, from: number, to: number): boolean {
  const last = to - 4;
  if (last < from) {
    for (; from < to; from++, at++) if (view.getUint8(at) !== wanted.getUint8(from)) return false;
    return true;
  }
  for (; from < last; from += 4, at += 4) if (view.getInt32(at, true) !== wanted.getInt32(from, true)) return false;
  return view.getInt32(at + last - from, true) === wanted.getInt32(last, true);
}
