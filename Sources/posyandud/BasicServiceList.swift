// Reads the list of basic services that a worksheet has its rows from.
// SPDX-License-Identifier: Apache-2.0
import Destinations
import NodeConfiguration
import PluginKit

/// A CSV with the columns `sipd_label_id`, `sector_code` and `service_name`, as `config/reference/spm-services.csv`.
enum BasicServiceList {
    static func read(_ text: String, file: String) throws -> [BasicService] {
        var reader = CSVReader(bytes: Array(text.utf8), name: file)
        func refusal(_ message: String, _ fix: String) -> ConfigurationError {
            ConfigurationError(findings: [
                .init(file: file, line: reader.startLine, setting: "services_file", message: message, fix: fix)
            ])
        }
        guard let head = try reader.next(), let code = head.firstIndex(of: "sipd_label_id"),
            let sector = head.firstIndex(of: "sector_code"), let name = head.firstIndex(of: "service_name")
        else {
            throw refusal("the first line does not name the columns.", "sipd_label_id,sector_code,service_name")
        }
        var services: [BasicService] = []
        while let row = try reader.next() {
            guard row.count == head.count, !row[code].isEmpty, !row[name].isEmpty else {
                throw refusal("the line has not the columns of the first.", "one value for each column")
            }
            guard !services.contains(where: { $0.code == row[code] }) else {
                throw refusal("service \(row[code]) is there twice.", "keep one line for each service")
            }
            services.append(BasicService(code: row[code], sector: row[sector], name: row[name]))
        }
        return services
    }
}
