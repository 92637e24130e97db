/**
 * Kubernetes and Docker links put variables for each service into every container: for a service named `ws` they are
 * WS_PORT, WS_SERVICE_HOST, WS_SERVICE_PORT_HTTP, WS_PORT_3002_TCP_ADDR. A service may be named `ws-a` as well.
 */
const forms =
  /^(WS|JS)(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|NAME|ENV_\w+)$/;

/** Whether a variable is one that an orchestrator makes, and so neither a setting nor a typing error. */
export const isInjected = (variable: string): boolean => forms.test(variable);
