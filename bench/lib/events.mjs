// Events as services write them; the same numbers give the same events.
const WORDS =
  'order created invoice payment refund customer updated shipping address profile login failed exported by Zürich naïve café'.split(' ');
const TYPES = ['order.created', 'order.updated', 'user.login', 'role.granted'];

function random(seed) {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hex = (next, digits) => Array.from({ length: digits }, () => next(16).toString(16)).join('');
const uuid = (next) => `${hex(next, 8)}-${hex(next, 4)}-7${hex(next, 3)}-8${hex(next, 3)}-${hex(next, 12)}`;
const sentence = (next, words) => Array.from({ length: words }, () => WORDS[next(WORDS.length)]).join(' ');
const time = (i) => new Date(Date.UTC(2026, 10, 21) + i * 137_911).toISOString();

/** Eight members, about 230 bytes. */
export function flatEvent(i) {
  const next = random(i + 1);
  return {
    id: uuid(next),
    type: TYPES[next(TYPES.length)],
    occurred_at: time(i),
    actor: `user:${uuid(next)}`,
    tenant: `t_${hex(next, 10)}`,
    ip: `10.${next(255)}.${next(255)}.${next(255)}`,
    success: next(10) > 0,
    seq: i * 1009,
  };
}

/** Fifteen objects on four levels, about 1.2 kB. */
export function nestedEvent(i) {
  const next = random(i + 7919);
  const price = () => next(100_000) / 100;
  return {
    id: uuid(next),
    type: 'order.updated',
    occurred_at: time(i),
    actor: {
      kind: 'user',
      id: uuid(next),
      roles: ['admin', 'ops'],
      session: { id: hex(next, 16), agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101' },
    },
    subject: { kind: 'order', id: `ord_${next(1e9)}`, version: next(50) },
    changes: {
      status: { from: 'pending', to: 'paid' },
      total: { from: price(), to: price() },
      address: { from: { street: '1 Main St', city: 'Oslo', zip: '0150' }, to: { street: sentence(next, 3), city: 'Zürich', zip: '8001' } },
    },
    items: Array.from({ length: 4 }, () => ({ sku: `SKU-${next(1e5)}`, quantity: 1 + next(5), price: price(), tags: ['new', 'sale'] })),
    context: { request: uuid(next), trace: hex(next, 32), source: 'api', reason: sentence(next, 22), retry: false, note: null },
  };
}
