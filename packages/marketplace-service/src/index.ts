export { MARKETPLACE_EVENT_TYPES, type MarketplaceEventType } from './events.ts';
