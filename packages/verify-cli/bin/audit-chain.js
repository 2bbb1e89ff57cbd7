#!/usr/bin/env node
import { auditChain } from '@countersign/verify-cli/audit-chain/program';

process.exitCode = await auditChain(process.argv.slice(2));
