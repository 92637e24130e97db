export const findings = [];
