// A workbook as the bytes of an XLSX file: no clock, no files, no formulas, the same bytes for the same sheets.
// SPDX-License-Identifier: Apache-2.0

/// Office Open XML (ECMA-376) as small as spreadsheets take it. Numbers are numbers and everything else is a string, so
/// nothing runs as a formula. The date of making is that of no clock: 1 January of the year 2000.
package enum WorkbookFile {
    /// - Throws: when a sheet's name is no name for one, two sheets share one, or the file would not fit into 4 GiB.
    package static func bytes(_ sheets: [WorkbookSheet]) throws(WorkbookError) -> [UInt8] {
        guard !sheets.isEmpty else { throw WorkbookError(description: "a workbook has at least one sheet") }
        var names: Set<String> = []
        for sheet in sheets {
            guard isName(sheet.name), names.insert(sheet.name.lowercased()).inserted else {
                throw WorkbookError(description: "`\(sheet.name)` is no name for a sheet, or there twice")
            }
        }
        var archive = ZipArchive()
        try archive.add("[Content_Types].xml", Array(contentTypes(sheets.count).utf8))
        try archive.add("_rels/.rels", Array(packageRelations.utf8))
        try archive.add("docProps/core.xml", Array(core.utf8))
        try archive.add("xl/workbook.xml", Array(workbook(sheets).utf8))
        try archive.add("xl/_rels/workbook.xml.rels", Array(workbookRelations(sheets.count).utf8))
        try archive.add("xl/styles.xml", Array(styles.utf8))
        for (index, sheet) in sheets.enumerated() {
            try archive.add("xl/worksheets/sheet\(index + 1).xml", SheetXML.bytes(sheet))
        }
        return archive.finished()
    }

    /// At most 31 characters, none that means something in a reference.
    package static func isName(_ name: String) -> Bool {
        (1...31).contains(name.utf16.count) && name.first != "'" && name.last != "'" && XMLText.isWritable(name)
            && !name.contains { "[]:*?/\\".contains($0) }
    }

    static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    private static let office = "http://schemas.openxmlformats.org"
    private static let main = "\(office)/spreadsheetml/2006/main"
    private static let relation = "\(office)/officeDocument/2006/relationships"
    private static let type = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    private static func contentTypes(_ count: Int) -> String {
        let pages = (1...count).map {
            "<Override PartName=\"/xl/worksheets/sheet\($0).xml\" ContentType=\"\(type).worksheet+xml\"/>"
        }
        return head + """
            <Types xmlns="\(office)/package/2006/content-types">\
            <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
            <Default Extension="xml" ContentType="application/xml"/>\
            <Override PartName="/xl/workbook.xml" ContentType="\(type).sheet.main+xml"/>\
            <Override PartName="/xl/styles.xml" ContentType="\(type).styles+xml"/>\
            <Override PartName="/docProps/core.xml" \
            ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>\
            \(pages.joined())</Types>
            """
    }

    private static let packageRelations =
        head + """
            <Relationships xmlns="\(office)/package/2006/relationships">\
            <Relationship Id="rId1" Type="\(relation)/officeDocument" Target="xl/workbook.xml"/>\
            <Relationship Id="rId2" Type="\(office)/package/2006/relationships/metadata/core-properties" \
            Target="docProps/core.xml"/></Relationships>
            """

    private static let core =
        head + """
            <cp:coreProperties xmlns:cp="\(office)/package/2006/metadata/core-properties" \
            xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\
            <dcterms:created xsi:type="dcterms:W3CDTF">2000-01-01T00:00:00Z</dcterms:created></cp:coreProperties>
            """

    private static func workbook(_ sheets: [WorkbookSheet]) -> String {
        let pages = sheets.enumerated().map { index, sheet in
            "<sheet name=\"\(XMLText.escaped(sheet.name))\" sheetId=\"\(index + 1)\" r:id=\"rId\(index + 1)\"/>"
        }
        return head + """
            <workbook xmlns="\(main)" xmlns:r="\(relation)"><sheets>\(pages.joined())</sheets></workbook>
            """
    }

    private static func workbookRelations(_ count: Int) -> String {
        let pages = (1...count).map {
            "<Relationship Id=\"rId\($0)\" Type=\"\(relation)/worksheet\" Target=\"worksheets/sheet\($0).xml\"/>"
        }
        return head + """
            <Relationships xmlns="\(office)/package/2006/relationships">\(pages.joined())\
            <Relationship Id="rId\(count + 1)" Type="\(relation)/styles" Target="styles.xml"/></Relationships>
            """
    }

    /// In the order of ``WorkbookSheet/Style``. Number format 49 is text.
    private static let styles =
        head + """
            <styleSheet xmlns="\(main)"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
            <font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
            <fills count="2"><fill><patternFill patternType="none"/></fill>\
            <fill><patternFill patternType="gray125"/></fill></fills>\
            <borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>\
            <border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/><diagonal/>\
            </border></borders>\
            <cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
            <cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
            <xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
            <xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1" \
            applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>\
            <xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
            <xf numFmtId="49" fontId="0" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyBorder="1" \
            applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>\
            <cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>
            """
}
