/**
 * The event types the marketplace writes to its audit log.
 *
 * @example const type: MarketplaceEventType = 'order.created';
 */
export const MARKETPLACE_EVENT_TYPES = [
  'order.created',
  'payment.received',
  'order.finalized',
  'license.issued',
  'delivery.initiated',
] as const;

/** One of the event types the marketplace writes. */
export type MarketplaceEventType = (typeof MARKETPLACE_EVENT_TYPES)[number];
