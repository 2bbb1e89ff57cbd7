// The same run with more rounds; the variable is read when the file is loaded.
process.env['COUNTERSIGN_KILLS'] ??= '20';
await import('./append.test.ts');
