package logcontrol

import (
	"errors"

	"github.com/godbus/dbus/v5"
)

const (
	logControl = "org.freedesktop.LogControl1"
	properties = "org.freedesktop.DBus.Properties"

	path = dbus.ObjectPath("/org/freedesktop/LogControl1")
)

const introspection = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
<node>
 <interface name="org.freedesktop.LogControl1">
  <property name="LogLevel" type="s" access="readwrite">
   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>
  </property>
  <property name="LogTarget" type="s" access="readwrite">
   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>
  </property>
  <property name="SyslogIdentifier" type="s" access="read">
   <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>
  </property>
 </interface>
 <interface name="org.freedesktop.DBus.Properties">
  <method name="Get"><arg name="interface" type="s" direction="in"/><arg name="property" type="s" direction="in"/><arg name="value" type="v" direction="out"/></method>
  <method name="GetAll"><arg name="interface" type="s" direction="in"/><arg name="values" type="a{sv}" direction="out"/></method>
  <method name="Set"><arg name="interface" type="s" direction="in"/><arg name="property" type="s" direction="in"/><arg name="value" type="v" direction="in"/></method>
 </interface>
 <interface name="org.freedesktop.DBus.Introspectable">
  <method name="Introspect"><arg name="xml" type="s" direction="out"/></method>
 </interface>
</node>
`

// object has the methods of org.freedesktop.DBus.Properties. Nothing is kept:
// each question is put to the log, which others change too.
type object struct{ log Log }

// Get implements the method of that name.
func (o object) Get(of, property string) (dbus.Variant, *dbus.Error) {
	all, failed := o.GetAll(of)
	if failed != nil {
		return dbus.Variant{}, failed
	}
	value, ok := all[property]
	if !ok {
		return dbus.Variant{}, unknownProperty(property)
	}
	return value, nil
}

// GetAll implements the method of that name.
func (o object) GetAll(of string) (map[string]dbus.Variant, *dbus.Error) {
	if of != logControl && of != "" {
		return nil, dbus.NewError("org.freedesktop.DBus.Error.UnknownInterface", []any{"there is no interface " + of})
	}
	return map[string]dbus.Variant{
		"LogLevel":         dbus.MakeVariant(o.log.Level()),
		"LogTarget":        dbus.MakeVariant(o.log.Target()),
		"SyslogIdentifier": dbus.MakeVariant(o.log.Identifier),
	}, nil
}

// Set implements the method of that name.
func (o object) Set(of, property string, value dbus.Variant) *dbus.Error {
	if _, failed := o.Get(of, property); failed != nil {
		return failed
	}
	text, ok := value.Value().(string)
	if !ok {
		return invalid(errors.New(property + " is a string"))
	}
	switch property {
	case "LogLevel":
		return invalid(o.log.SetLevel(text))
	case "LogTarget":
		return invalid(o.log.SetTarget(text))
	}
	return dbus.NewError("org.freedesktop.DBus.Error.PropertyReadOnly", []any{property + " cannot be changed"})
}

func unknownProperty(name string) *dbus.Error {
	return dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{"there is no property " + name})
}

func invalid(err error) *dbus.Error {
	if err == nil {
		return nil
	}
	return dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{err.Error()})
}

// introspectable tells busctl and d-feet what there is.
type introspectable struct{}

// Introspect implements the method of that name.
func (introspectable) Introspect() (string, *dbus.Error) { return introspection, nil }
