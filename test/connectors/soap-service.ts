import type { ServerResponse } from 'node:http'
import { XMLParser } from 'fast-xml-parser'

/** What a SOAP service of a department reads out of a request: element texts by local name, references resolved. */
export function textsOf(xml: string): Record<string, string> {
  // Another way of reading than the connector's own: numbers and names resolved by the parser.
  const parser = new XMLParser({
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
    ignoreAttributes: false,
  })
  const found: Record<string, string> = {}
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'string') found[name] = inner
      else walk(inner)
    }
  }
  walk(parser.parse(xml))
  return found
}

export const escaped = (text: string): string => text.replace(/[<>&"'\r\n]/g, (one) => `&#${one.charCodeAt(0)};`)

export const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`

export const fault = (code: string, text = ''): string =>
  envelope(`<s:Fault><faultcode>s:${code}</faultcode><faultstring>${text}</faultstring></s:Fault>`)

export const xml = (response: ServerResponse, body: string | Buffer, status = 200, type = 'text/xml; charset=utf-8') =>
  response.writeHead(status, { 'content-type': type }).end(body)

export const WSDL = `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="People" targetNamespace="urn:people" xmlns:tns="urn:people" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
  xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
  <wsdl:types><xsd:schema targetNamespace="urn:people" elementFormDefault="qualified">
    <xsd:element name="queryPerson"><xsd:complexType><xsd:sequence>
      <xsd:element name="GMSFHM" type="xsd:string"/><xsd:element name="CZR" type="xsd:string" minOccurs="0"/>
    </xsd:sequence></xsd:complexType></xsd:element>
    <xsd:element name="queryPersonResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="code" type="xsd:string"/>
    </xsd:sequence></xsd:complexType></xsd:element>
  </xsd:schema></wsdl:types>
  <wsdl:message name="in"><wsdl:part name="parameters" element="tns:queryPerson"/></wsdl:message>
  <wsdl:message name="out"><wsdl:part name="parameters" element="tns:queryPersonResponse"/></wsdl:message>
  <wsdl:portType name="PeoplePort"><wsdl:operation name="queryPerson">
    <wsdl:input message="tns:in"/><wsdl:output message="tns:out"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="PeopleBinding" type="tns:PeoplePort">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="queryPerson"><soap:operation soapAction="urn:people/query"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation></wsdl:binding>
  <wsdl:service name="People"><wsdl:port name="PeoplePort" binding="tns:PeopleBinding">
    <soap:address location="http://192.0.2.1/not-used"/></wsdl:port></wsdl:service>
</wsdl:definitions>`
