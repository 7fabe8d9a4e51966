// nginx as it stands before an endpoint: TLS of several kinds and a limit of requests, in front of the stand-in.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PostgresTesting

/// One nginx with a server for each name, on ports of its own.
final class Nginx: Sendable {
    static let executable = ["/usr/sbin/nginx", "/usr/bin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let isAvailable =
        executable != nil && Standin.executable != nil
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    private let folder: Folder
    private let ports: [String: Int]
    private let program: ChildProgram

    /// `servers` are lines of the configuration beside `listen` and `location`, by name; `http` stands before all.
    init(_ folder: Folder, upstream: Int, servers: [String: String], http: String = "") async throws {
        self.folder = folder
        let names = servers.keys.sorted()
        for _ in 0..<5 {
            let ports = Dictionary(uniqueKeysWithValues: zip(names, try Self.freePorts(names.count)))
            let blocks = names.map { name in
                """
                server {
                    listen 127.0.0.1:\(ports[name] ?? 0) ssl;
                    \(servers[name] ?? "")
                    location / { proxy_pass http://127.0.0.1:\(upstream); }
                }
                """
            }
            try _ = folder.write(
                Self.frame.replacing("{http}", with: http).replacing(
                    "{servers}",
                    with: blocks.joined(separator: "\n")
                ),
                "nginx.conf"
            )
            let program = try ChildProgram(
                Self.executable ?? "",
                ["-p", folder.path, "-e", "\(folder.path)/error.log", "-c", "\(folder.path)/nginx.conf"],
                directory: folder.path
            )
            // Somebody else may have taken a port meanwhile: then nginx ends, and other ports are tried.
            for _ in 0..<6_000 where !FileManager.default.fileExists(atPath: "\(folder.path)/nginx.pid") {
                try await Task.sleep(for: .milliseconds(10))
            }
            if FileManager.default.fileExists(atPath: "\(folder.path)/nginx.pid") {
                self.ports = ports
                self.program = program
                return
            }
            program.end()
        }
        throw PeerError(
            description: (try? String(contentsOfFile: "\(folder.path)/error.log", encoding: .utf8)) ?? "nginx"
        )
    }

    /// The base URL of a server and a room of the stand-in behind it.
    func base(_ server: String, room: String) -> String { "https://localhost:\(ports[server] ?? 0)/~\(room)" }

    /// Requests as nginx logged them: when (milliseconds since 1970), status, method and path.
    func log() throws -> [(at: Int, status: Int, request: String)] {
        let text = try String(contentsOfFile: "\(folder.path)/access.log", encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3, let at = Int(words[0].replacing(".", with: "")), let status = Int(words[1]) else {
                return nil
            }
            return (at, status, words[2])
        }
    }

    private static let frame = """
        daemon off;
        master_process off;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 256; }
        http {
            log_format plain '$msec $status $request_method $uri';
            access_log access.log plain;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            ssl_certificate good.pem;
            ssl_certificate_key good.key;
            {http}
            {servers}
        }
        """

    /// An authority of its own; a good certificate, one that ended yesterday, one of another host; a client of ours, and one that
    /// another authority signed.
    static func makeCertificates(_ folder: Folder) async throws {
        let script = """
            set -e
            for ca in ca foreign-ca; do
                openssl req -x509 -newkey rsa:2048 -nodes -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2
            done
            for entry in good:localhost:2:ca expired:localhost:-1:ca other:lain.example:2:ca client:kab-3325:2:ca \\
                foreign:kab-3325:2:foreign-ca; do
                IFS=: read -r file name days ca <<END
            $entry
            END
                openssl req -newkey rsa:2048 -nodes -keyout $file.key -out $file.csr -subj /CN=$name
                echo subjectAltName=DNS:$name >$file.ext
                openssl x509 -req -in $file.csr -CA $ca.pem -CAkey $ca.key -CAcreateserial -days $days -extfile $file.ext -out $file.pem
            done
            openssl x509 -in good.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
                openssl base64 -A >good.pin
            """
        let maker = try ChildProgram("/bin/sh", ["-c", "exec 2>&1\n\(script)"], directory: folder.path)
        guard try await maker.wait() == 0 else { throw PeerError(description: maker.printed) }
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            guard status == 0 else { throw PeerError(description: "no free port (errno \(errno))") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
