// The social sector.
// SPDX-License-Identifier: Apache-2.0

extension Rules {
    static func social(_ question: Question, _ result: inout Judgement) {
        let form = question.form
        switch question.type.dropFirst("sosial.".count) {
        case "kie":
            let (men, women) = (form.number("peserta_l") ?? 0, form.number("peserta_p") ?? 0)
            result.refuse("kie.kelompok_rentan", if: (form.number("kelompok_rentan") ?? 0) > men + women)
            result.count("kie")
            result.count("kie_" + (form.text("tema") ?? ""))
            result.sum("kie_peserta", men + women)
            result.sum("kie_peserta_l", men)
            result.sum("kie_peserta_p", women)
            result.sum("kie_rentan", form.number("kelompok_rentan"))
        case "fakir_miskin":
            let (members, disabled) = (form.number("jumlah_anggota") ?? 0, form.number("jumlah_disabilitas") ?? 0)
            result.refuse("fakir_miskin.disabilitas", if: disabled > members)
            result.person("fakir_miskin")
            result.sum("fakir_miskin_jiwa", members)
            result.person("fakir_miskin_disabilitas", if: disabled > 0)
            result.person("fakir_miskin_tak_terdaftar", if: form.flag("terdaftar_dtsen") == false)
        case "verifikasi_sosek":
            result.person("verifikasi")
            result.person("verifikasi_skor_\(form.number("skor") ?? 0)")
            result.person("verifikasi_terdata", if: question.earlier != nil)
        case "penyaluran_bansos": assistance(form, &result)
        case "keluhan":
            complaintDate(question, &result)
            result.count("keluhan")
            result.count("keluhan_" + (form.text("jenis") ?? ""))
            result.opensCase = true
        case "korban_bencana":
            let persons = form.number("jumlah_jiwa") ?? 0
            let isServed = form.text("status") == "dilayani"
            result.refuse("korban_bencana.jiwa_rentan", if: (form.number("jiwa_rentan") ?? 0) > persons)
            result.refuse(
                "korban_bencana.bantuan",
                if: isServed && !form.answers.contains { $0.name.hasPrefix("bantuan_") }
            )
            result.person("korban_bencana")
            result.sum("korban_bencana_jiwa", persons)
            result.person("korban_bencana_mengungsi", if: form.isYes("mengungsi"))
            result.person("korban_bencana_dilayani", if: isServed)
            result.opensCase = !isServed && question.earlier?.form.text("status") != "diajukan"
        default: rehabilitation(question, &result)
        }
    }

    private static func assistance(_ form: Form, _ result: inout Judgement) {
        let condition = form.text("kondisi") ?? ""
        let value = form.number("nilai_rupiah") ?? 0
        result.refuse("bansos.nilai", if: condition == "tidak_diterima" && value > 0)
        if condition != "tidak_diterima" {
            result.person("bansos_penerima")
            result.person("bansos_" + (form.text("jenis_bantuan") ?? ""))
            result.sum("bansos_nilai", value)
        }
        result.count("bansos_bermasalah", if: condition != "diterima_utuh")
        result.opensCase = condition != "diterima_utuh"
    }

    private static func rehabilitation(_ question: Question, _ result: inout Judgement) {
        let name = String(question.type.dropFirst("sosial.".count))
        let form = question.form
        let isServed = form.text("status") == "dilayani"
        result.refuse("rehabilitasi.layanan", if: isServed && !form.answers.contains { $0.name.hasPrefix("layanan_") })
        result.refuse("subjek.umur", if: name == "rehabilitasi_anak" && question.years >= 18)
        result.refuse("subjek.umur", if: name == "rehabilitasi_lansia" && question.years < 60)
        result.person(name + "_didata")
        result.person(name + "_dilayani", if: isServed)
        result.opensCase = !isServed && question.earlier?.form.text("status") != "diajukan"
    }
}
