/** What can go wrong with a broker, in words that fit a board's log: what was expected, what came, what to do. */
export type MqttProblem =
  /** Bytes that are not MQTT 3.1.1. */
  | 'malformed'
  /** A packet that has no business here. */
  | 'protocol'
  /** CONNACK with a return code other than 0. */
  | 'refused'
  /**
   * The connection ended after CONNECT and before CONNACK. AWS IoT refuses so: policy not attached to the certificate,
   * or without iot:Connect for this client id; certificate inactive; client id in use elsewhere.
   */
  | 'closed_before_connack'
  /** The connection ended later. AWS IoT answers a forbidden PUBLISH or a second owner of the client id so. */
  | 'closed'
  /** An answer did not come in time. */
  | 'timeout'
  /** The caller asks for what MQTT forbids. */
  | 'usage';

export class MqttError extends Error {
  readonly problem: MqttProblem;
  /** Of a CONNACK that refuses; else 0. */
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
    'client id refused: change "thing"',
    'broker unavailable: try later',
    'wrong user name or password',
    'not authorized: check its policy',
  ];
  const text = meaning[returnCode === 7 ? 5 : returnCode] ?? meaning[0];
  return new MqttError('refused', `CONNACK ${returnCode}, expected 0: ${text}`, returnCode);
}
