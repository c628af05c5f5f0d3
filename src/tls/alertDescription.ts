/** The alerts that RFC 5246, section 7.2, RFC 6066, section 9 and RFC 7301, section 3.2 name. */
export type KnownAlert =
  | 'close_notify'
  | 'unexpected_message'
  | 'bad_record_mac'
  | 'record_overflow'
  | 'handshake_failure'
  | 'bad_certificate'
  | 'unsupported_certificate'
  | 'certificate_revoked'
  | 'certificate_expired'
  | 'certificate_unknown'
  | 'illegal_parameter'
  | 'unknown_ca'
  | 'access_denied'
  | 'decode_error'
  | 'decrypt_error'
  | 'protocol_version'
  | 'insufficient_security'
  | 'internal_error'
  | 'user_canceled'
  | 'no_renegotiation'
  | 'unsupported_extension'
  | 'unrecognized_name'
  | 'no_application_protocol';

/** An alert's name as the RFCs have it; one that is not in the list is `alert_<number>`. */
export type AlertDescription = KnownAlert | `alert_${number}`;
