/**
 * Tells whether bytes stand at an offset: by eight at a time, then four, the last of which may overlap those before.
 *
 * Eight bytes are compared as a double. Two doubles of different bytes are equal only as 0 and −0; equal bytes are unequal doubles only as NaN: then,
 * and where `wanted` has neither, as text has neither, the comparison is exact.
 *
 * @param view of what is looked at
 * @param wanted text; holds the bytes [from, to) that are expected at `at`
 */
export function equalWords(view: DataView, at: number, wanted: DataView, from: number, to: number): boolean {
  for (const last = to - 8; from < last; from += 8, at += 8) if (view.getFloat64(at, true) !== wanted.getFloat64(from, true)) return false;
  const last = to - 4;
  if (last < from) {
    for (; from < to; from++, at++) if (view.getUint8(at) !== wanted.getUint8(from)) return false;
    return true;
  }
  for (; from < last; from += 4, at += 4) if (view.getInt32(at, true) !== wanted.getInt32(from, true)) return false;
  return view.getInt32(at + last - from, true) === wanted.getInt32(last, true);
}
