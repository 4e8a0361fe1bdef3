// Command before serves the shop as most Gin applications are served.
package main

import (
	"log"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/gind/gind/examples/shop"
)

func main() {
	router := gin.Default()
	s := &shop.Shop{Store: shop.NewStore(), Limit: func() int { return 1000 }, Rate: func() int { return 0 }}
	s.Routes(router)
	if err := router.Run(os.Getenv("SHOP_ADDRESS")); err != nil {
		log.Fatal(err)
	}
}
