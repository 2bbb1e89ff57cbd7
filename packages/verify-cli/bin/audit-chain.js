#!/usr/bin/env node
import { auditChain } from '../dist/node/audit-chain/program.js';

process.exitCode = await auditChain(process.argv.slice(2));
