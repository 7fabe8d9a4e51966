// Points and lines on the map, in exact decimal degrees, and the length of a line on the ground.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A point on the map of Indonesia: the value of a field of type `point`.
///
/// JSON spells it `{"lintang": -6.9127, "bujur": 109.7345}`, decimal degrees (WGS 84) as the telephone gave them.
public struct MapPoint: Hashable, Sendable {
    /// Degrees, north positive.
    public let latitude: ExactDecimal
    /// Degrees, east positive.
    public let longitude: ExactDecimal

    /// nil when the point lies outside of the box around Indonesia.
    public init?(latitude: ExactDecimal, longitude: ExactDecimal) {
        guard MapPoint.latitudes.contains(latitude), MapPoint.longitudes.contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// The box around Indonesia with its seas: a point outside is a slip of the keyboard or of the receiver.
    private static let latitudes = bound(-115)...bound(65)
    private static let longitudes = bound(945)...bound(1_415)

    private static func bound(_ tenths: Int64) -> ExactDecimal { ExactDecimal(mantissa: tenths, scale: 1) ?? 0 }

    /// nil unless the object has exactly the members `lintang` and `bujur`, numbers of a point in Indonesia.
    package init?(_ json: JSONValue) {
        guard let object = json.object, object.count == 2, let latitude = object["lintang"]?.decimal,
            let longitude = object["bujur"]?.decimal
        else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }

    /// Whether a value would be a point if its two numbers changed places: the commonest slip.
    package static func isSwapped(_ json: JSONValue) -> Bool {
        guard let latitude = json["bujur"]?.decimal, let longitude = json["lintang"]?.decimal else { return false }
        return MapPoint(latitude: latitude, longitude: longitude) != nil
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("lintang")
        writer.decimal(latitude)
        writer.name("bujur")
        writer.decimal(longitude)
        writer.endObject()
    }

    /// As a register prints it: `-6.9127, 109.7345`.
    package var text: String { "\(latitude), \(longitude)" }
}

extension MapPoint: Decodable {
    private enum CodingKeys: String, CodingKey {
        case latitude = "lintang"
        case longitude = "bujur"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let latitude = try container.decode(ExactDecimal.self, forKey: .latitude)
        let longitude = try container.decode(ExactDecimal.self, forKey: .longitude)
        guard let point = MapPoint(latitude: latitude, longitude: longitude) else {
            let place = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not in Indonesia")
            throw DecodingError.dataCorrupted(place)
        }
        self = point
    }
}

/// A line on the map, such as a stretch of road: the value of a field of type `line`, a list of points in JSON.
public struct MapLine: Hashable, Sendable {
    /// 2 to 200, in the order in which they were walked.
    public let points: [MapPoint]

    /// How many points a line may have.
    package static let counts = 2...200

    /// nil when there are fewer points than 2 or more than 200.
    public init?(_ points: [MapPoint]) {
        guard MapLine.counts.contains(points.count) else { return nil }
        self.points = points
    }

    /// nil unless it is a list of 2 to 200 points.
    package init?(_ json: JSONValue) {
        guard let elements = json.array, MapLine.counts.contains(elements.count) else { return nil }
        var points: [MapPoint] = []
        for element in elements {
            guard let point = MapPoint(element) else { return nil }
            points.append(point)
        }
        self.points = points
    }

    /// nil unless it is a list of 2 to 200 points.
    package init?(_ value: FieldValue) {
        guard let points = value.asList?.compactMap(\.asPoint), points.count == value.asList?.count else { return nil }
        self.init(points)
    }

    /// Length on the ground in whole metres: great circles on a sphere with the earth's mean radius.
    ///
    /// Within 0.6 % of the length on the ellipsoid, which is less than a telephone's receiver strays on a village road.
    public var metres: Int {
        let legs = zip(points, points.dropFirst()).reduce(0.0) { $0 + MapLine.radians($1.0, $1.1) }
        return Int((legs * MapLine.earthRadius).rounded())
    }

    /// The line as the value of a field.
    public var fieldValue: FieldValue { .list(points.map { .point($0) }) }

    /// Metres: mean radius R1 of WGS 84, (2a + b) / 3.
    private static let earthRadius = 6_371_008.8

    /// The angle between two points seen from the centre of the earth, by the haversine formula.
    private static func radians(_ from: MapPoint, _ to: MapPoint) -> Double {
        let (south, north) = (from.latitude.radians, to.latitude.radians)
        let (rise, run) = (sin((north - south) / 2), sin((to.longitude.radians - from.longitude.radians) / 2))
        return 2 * asin(min(1, (rise * rise + cos(south) * cos(north) * run * run).squareRoot()))
    }
}

extension MapLine: Decodable {
    public init(from decoder: any Decoder) throws {
        let points = try decoder.singleValueContainer().decode([MapPoint].self)
        guard let line = MapLine(points) else {
            let place = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "not 2 to 200 points")
            throw DecodingError.dataCorrupted(place)
        }
        self = line
    }
}

extension ExactDecimal {
    /// Degrees as radians.
    fileprivate var radians: Double { Double(mantissa) / Double(ExactDecimal.power(scale)) * .pi / 180 }
}
