import { configureGlobal } from 'fast-check';

// A fixed seed makes every run the same run; COUNTERSIGN_SEED replays or explores another.
configureGlobal({ seed: Number(process.env['COUNTERSIGN_SEED'] ?? 20261121) });
