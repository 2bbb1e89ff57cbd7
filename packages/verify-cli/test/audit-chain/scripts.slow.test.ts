import { describeScripts } from './scripts.ts';

describeScripts('scripts/slow/');
