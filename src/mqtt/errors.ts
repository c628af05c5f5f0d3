/** The problems with a broker. Messages say what was expected and what came; what to do depends on the caller. */
export type MqttProblem =
  /** Bytes that are not MQTT 3.1.1. */
  | 'malformed'
  /** A valid packet that a server must not send now. */
  | 'protocol'
  /** CONNACK with a return code other than 0. */
  | 'refused'
  /**
   * The connection ended after CONNECT and before CONNACK. AWS IoT does so if the policy is not attached to the
   * certificate or lacks iot:Connect for this client id, if the certificate is inactive, or if the client id is in use.
   */
  | 'closed_before_connack'
  /** The connection ended later. AWS IoT does so after a forbidden PUBLISH, and if another client has the same id. */
  | 'closed'
  /** An answer did not come in time. */
  | 'timeout'
  /** The caller asked for something that MQTT forbids. */
  | 'usage';

export class MqttError extends Error {
  readonly problem: MqttProblem;
  /** The return code of a CONNACK that refuses; otherwise 0. */
  readonly returnCode: number;

  constructor(problem: MqttProblem, message: string, returnCode = 0) {
    super(message);
    this.name = 'MqttError';
    this.problem = problem;
    this.returnCode = returnCode;
  }
}

/** The error for a CONNACK return code (MQTT 3.1.1, section 3.2.2.3); 7 is AWS IoT's own. */
export function refusal(returnCode: number): MqttError {
  const meaning = [
    'no reason known',
    'broker lacks MQTT 3.1.1',
    'client id refused',
    'broker unavailable',
    'wrong user name or password',
    'not authorized',
  ];
  const text = meaning[returnCode === 7 ? 5 : returnCode] ?? meaning[0];
  return new MqttError('refused', `CONNACK ${returnCode}, expected 0: ${text}`, returnCode);
}
