export { auditClaims, type AuditedClaim } from './audit.ts';
export { problemsOf } from './check.ts';
export { findings } from './findings.ts';
export { Lab } from './lab.ts';
