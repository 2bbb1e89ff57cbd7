#!/usr/bin/env node
import { auditSigners } from '../dist/node/audit-signers/program.js';

process.exitCode = await auditSigners(process.argv.slice(2));
