// The same runs with more rounds; the variable is read when the files are loaded.
process.env['COUNTERSIGN_KILLS'] ??= '20';
await import('./append.test.ts');
await import('./import.test.ts');
