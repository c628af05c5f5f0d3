"""Python's ssl module as a server for python.test.ts: says its port, then serves one connection after the other.

Arguments: certificate file, key file, authorities of clients or "-".
A client's line is answered with what it asks for: "echo TEXT", "big COUNT" (so many bytes in one write), "close"
(close_notify, then the end), "cut" (the end alone).
"""
import socket
import ssl
import sys

chain, key, authorities = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(chain, key)
context.set_alpn_protocols(["x-amzn-mqtt-ca"])
if authorities != "-":
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authorities)


def serve(connection):
    buffer = b""
    while True:
        received = connection.recv(65536)
        if not received:
            print("closed by the client", flush=True)
            return
        buffer += received
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            command, _, rest = line.partition(b" ")
            if command == b"echo":
                connection.sendall(rest)
            elif command == b"big":
                connection.sendall(b"x" * int(rest))
            elif command == b"close":
                connection.unwrap()
                return
            elif command == b"cut":
                return


listener = socket.create_server(("127.0.0.1", 0))
print(f"port {listener.getsockname()[1]} with {ssl.OPENSSL_VERSION}", flush=True)
while True:
    plain, _ = listener.accept()
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            certificate = connection.getpeercert() if authorities != "-" else None
            print("connected", connection.cipher(), connection.selected_alpn_protocol(), certificate, flush=True)
            serve(connection)
    except (ssl.SSLError, OSError) as error:
        print("failed", error, flush=True)
    finally:
        plain.close()
